import { honoured, ignored, inEnsemble } from './key-spec.js';
import type { KeySpec } from './key-spec.js';
import { text } from './value-types.js';

/** Keys whose names end in something free, such as `server.1`. */
export interface KeyFamily {
  /** How the family is written in documents and hints. */
  readonly shown: string;
  readonly matches: RegExp;
  readonly spec: KeySpec<string>;
}

const NO_SASL = 'SASL logins come with a later version';

/** In order: the first that matches counts. */
export const keyFamilies: readonly KeyFamily[] = [
  { shown: 'server.N', matches: /^server\.[^.]+$/, spec: honoured('M', text, null) },
  { shown: 'group.N', matches: /^group\..+$/, spec: inEnsemble('S', text, null) },
  { shown: 'weight.N', matches: /^weight\..+$/, spec: inEnsemble('S', text, null) },
  { shown: 'authProvider.N', matches: /^authProvider\..+$/, spec: honoured('M', text, null) },
  { shown: 'superUser.N', matches: /^superUser\..+$/, spec: ignored('S', text, NO_SASL) },
  {
    shown: 'metricsProvider.ssl.*',
    matches: /^metricsProvider\.ssl\..+$/,
    spec: ignored('R', text, 'there is no Prometheus port yet', { secret: true }),
  },
  { shown: 'jvm.pause.*', matches: /^jvm\.pause\..+$/, spec: ignored('S', text, 'there is no pause monitor yet') },
  { shown: 'pathStats.*', matches: /^pathStats\..+$/, spec: ignored('R', text, 'requests are not counted by path') },
  { shown: 'sasl.*', matches: /^sasl\..+$/, spec: ignored('R', text, NO_SASL) },
  { shown: 'kerberos.*', matches: /^kerberos\..+$/, spec: ignored('R', text, NO_SASL) },
];
