import { BadArgumentsError } from '../../client/errors.js';
import type { ServiceInstance } from './service-instance.js';

/** A piece of text, or a name in braces whose value is put in its place. */
export interface UriPart {
  readonly value: string;
  readonly variable: boolean;
}

/** Values by the names in braces; null and what is missing leave nothing. */
export type UriVariables = Readonly<Record<string, string | number | null>>;

/**
 * A URI with variables: `{scheme}://{address}:{port}/x`. Known by themselves are `scheme` (https if there is an `sslPort`),
 * `name`, `id`, `address`, `port`, `ssl-port`, `registration-time-utc`, `service-type` (lower case), and `[` and `]` for braces
 * themselves. Others have to be given; a variable without a value is nothing.
 */
export class UriSpec {
  readonly parts: readonly UriPart[];

  /** Throws a BadArgumentsError when braces are nested or unbalanced. */
  constructor(text: string | readonly UriPart[]) {
    this.parts = typeof text === 'string' ? parse(text) : text;
  }

  /** The URI of an instance. `variables` go before the known ones. */
  build(instance: ServiceInstance | null = null, variables: UriVariables = {}): string {
    const known: UriVariables = { ...(instance === null ? {} : variablesOf(instance)), '[': '{', ']': '}' };
    return this.parts
      .map(({ value, variable }) => (variable ? textOf(variables[value] ?? known[value]) : value))
      .join('');
  }

  /** The text that it was made of. */
  toString(): string {
    return this.parts.map(({ value, variable }) => (variable ? `{${value}}` : value)).join('');
  }

  /** As Curator writes it into an instance's data: `{"parts":[{"value":...,"variable":...}]}`. */
  toJSON(): { readonly parts: readonly UriPart[] } {
    return { parts: this.parts.map(({ value, variable }) => ({ value, variable })) };
  }
}

function parse(text: string): UriPart[] {
  const parts: UriPart[] = [];
  let rest = text;
  const refuse = (why: string): never => {
    throw new BadArgumentsError({ message: `URI ${JSON.stringify(text)}: ${why}` });
  };
  while (rest !== '') {
    const open = rest.indexOf('{');
    const before = open < 0 ? rest : rest.slice(0, open);
    if (before.includes('}')) refuse('a } without a {');
    if (before !== '') parts.push({ value: before, variable: false });
    if (open < 0) break;
    const close = rest.indexOf('}', open);
    const name = rest.slice(open + 1, close);
    if (close < 0) refuse('a { without a }');
    if (name.includes('{')) refuse('a { inside of braces');
    parts.push({ value: name.trim(), variable: true });
    rest = rest.slice(close + 1);
  }
  return parts;
}

function variablesOf(instance: ServiceInstance): UriVariables {
  const { name, id, address, port, sslPort, registrationTimeUTC, serviceType } = instance;
  return {
    scheme: sslPort === null ? 'http' : 'https',
    name,
    id,
    address,
    port,
    'ssl-port': sslPort,
    'registration-time-utc': registrationTimeUTC,
    'service-type': serviceType.toLowerCase(),
  };
}

function textOf(value: string | number | null | undefined): string {
  return String(value ?? '');
}
