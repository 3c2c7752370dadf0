import { distance } from './edit-distance.js';
import { keyFamilies } from './key-families.js';
import type { KeySpec } from './key-spec.js';
import { ensembleKeys } from './keys-ensemble.js';
import { limitKeys } from './keys-limits.js';
import { quorumTlsKeys } from './keys-quorum-tls.js';
import { securityKeys } from './keys-security.js';
import { storageKeys } from './keys-storage.js';

/** Every key of a configuration file that pinfold knows, under its documented spelling. */
export const keys = { ...storageKeys, ...ensembleKeys, ...limitKeys, ...securityKeys, ...quorumTlsKeys };

export type KeyName = keyof typeof keys;

/** The type of a key's value. */
export type ValueOf<K extends KeyName> = (typeof keys)[K] extends KeySpec<infer T> ? T : never;

/** A name found in the table, under its documented spelling. */
export interface KnownKey {
  readonly name: string;
  readonly spec: KeySpec<unknown>;
}

const PREFIX = 'zookeeper.';

const byName: ReadonlyMap<string, KeySpec<unknown>> = new Map(Object.entries<KeySpec<unknown>>(keys));

/**
 * Finds a key by the spelling of a configuration file. ZooKeeper turns what it does not know in a file into the Java
 * property `zookeeper.<key>`, and documents its tunables by property name; so both spellings are taken to mean the same.
 */
export function findKey(written: string): KnownKey | undefined {
  return findExact(written) ?? (written.startsWith(PREFIX) ? findExact(written.slice(PREFIX.length)) : undefined);
}

/** The known key most like `written`, or null when none is near enough to be a slip of the pen. */
export function nearestKey(written: string): string | null {
  const wanted = written.startsWith(PREFIX) ? written.slice(PREFIX.length) : written;
  const limit = Math.max(1, Math.floor(wanted.length / 4));
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const name of byName.keys()) {
    const found = distance(wanted.toLowerCase(), name.toLowerCase(), bestDistance);
    if (found >= bestDistance) continue;
    best = name;
    bestDistance = found;
  }
  return best;
}

function findExact(name: string): KnownKey | undefined {
  const spec = byName.get(name);
  if (spec !== undefined) return { name, spec };
  const family = keyFamilies.find(({ matches }) => matches.test(name));
  return family === undefined ? undefined : { name, spec: family.spec };
}
