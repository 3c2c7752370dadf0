import { formatDefault } from './key-spec.js';
import type { KeySpec } from './key-spec.js';
import { keys } from './keys.js';
import type { ServerConfig } from './server-config.js';
import { shownValue } from './settings.js';
import type { Settings } from './settings.js';

/** One line of the effective configuration. */
export interface EffectiveSetting {
  readonly key: string;
  /** As it could be written in a file; secrets masked. */
  readonly value: string;
  /** `default`, `zoo.cfg line 3`, `command line`, or how the value follows from others. */
  readonly source: string;
  /** Present for keys that are set and have no effect. */
  readonly withoutEffect?: string;
}

const ALONE = 'it matters only in an ensemble';

/** Every honoured key with the value in force and where it comes from, then the set keys that have no effect. */
export function effectiveSettings(config: ServerConfig, settings: Settings): EffectiveSetting[] {
  const derived = derivedValues(config);
  const counts = (spec: KeySpec<unknown>): boolean =>
    spec.status === 'honoured' && (config.ensemble !== null || spec.ensembleOnly !== true);
  const lines: EffectiveSetting[] = [];
  for (const [key, spec] of Object.entries<KeySpec<unknown>>(keys)) {
    if (!counts(spec) || settings.setting(key) !== undefined) continue;
    const value = derived[key] ?? (spec.fallback === null ? null : { value: formatDefault(spec), source: 'default' });
    if (value !== null) lines.push({ key, ...value });
  }
  const silent: EffectiveSetting[] = [];
  for (const setting of settings.resolved()) {
    const { name, spec, line, source } = setting;
    const place = line === null ? source : `${source} line ${String(line)}`;
    const entry = { key: name, value: shownValue(setting), source: place };
    if (counts(spec)) lines.push(entry);
    else silent.push({ ...entry, withoutEffect: spec.reason ?? ALONE });
  }
  const byKey = (left: EffectiveSetting, right: EffectiveSetting) => (left.key < right.key ? -1 : 1);
  return [...lines.sort(byKey), ...silent.sort(byKey)];
}

function derivedValues(config: ServerConfig): Readonly<Record<string, { value: string; source: string }>> {
  return {
    dataLogDir: { value: config.dataLogDir, source: 'default: dataDir' },
    minSessionTimeout: { value: String(config.minSessionTimeoutMs), source: 'default: 2 x tickTime' },
    maxSessionTimeout: { value: String(config.maxSessionTimeoutMs), source: 'default: 20 x tickTime' },
    'jute.maxbuffer.extrasize': { value: String(config.juteMaxBufferExtraBytes), source: 'default: jute.maxbuffer' },
  };
}
