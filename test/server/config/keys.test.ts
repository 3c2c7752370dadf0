import { describe, expect, it } from 'vitest';
import { distance } from '../../../src/server/config/edit-distance.js';
import { formatDefault } from '../../../src/server/config/key-spec.js';
import type { KeySpec } from '../../../src/server/config/key-spec.js';
import { findKey, keys, nearestKey } from '../../../src/server/config/keys.js';

describe('the table of keys', () => {
  it('gives a reason for every key that does not do what ZooKeeper does', () => {
    for (const [name, spec] of Object.entries<KeySpec<unknown>>(keys)) {
      if (spec.status !== 'honoured') expect(spec.reason, name).toMatch(/\S/);
    }
  });

  it('has defaults that its own types accept', () => {
    for (const [name, spec] of Object.entries<KeySpec<unknown>>(keys)) {
      if (spec.fallback === null) continue;
      expect(spec.type.parse(formatDefault(spec)), name).toEqual(spec.fallback);
    }
  });

  it('finds a key under both spellings, and by family', () => {
    expect(findKey('snapCount')?.name).toBe('snapCount');
    expect(findKey('zookeeper.snapCount')?.name).toBe('snapCount');
    expect(findKey('zookeeper.zookeeper.snapCount')).toBeUndefined();
    expect(findKey('server.12')?.name).toBe('server.12');
    expect(findKey('zookeeper.authProvider.1')?.name).toBe('authProvider.1');
    expect(findKey('snapcount')).toBeUndefined();
  });
});

describe('nearestKey', () => {
  it.each([
    ['maxClientCnxn', 'maxClientCnxns'],
    ['datadir', 'dataDir'],
    ['zookeeper.snapcount', 'snapCount'],
    ['tickTmie', 'tickTime'],
    ['4lw.command.whitelist', '4lw.commands.whitelist'],
    ['jute.maxbufer', 'jute.maxbuffer'],
  ])('takes %s for %s', (written, meant) => {
    expect(nearestKey(written)).toBe(meant);
  });

  it('does not guess where nothing is near', () => {
    expect(nearestKey('noSuchKey')).toBeNull();
    expect(nearestKey('x')).toBeNull();
  });
});

describe('distance', () => {
  it('counts inserts, deletes, replacements and swaps', () => {
    expect(distance('abc', 'abc', 5)).toBe(0);
    expect(distance('abc', 'abxc', 5)).toBe(1);
    expect(distance('abc', 'ac', 5)).toBe(1);
    expect(distance('abc', 'axc', 5)).toBe(1);
    expect(distance('abc', 'acb', 5)).toBe(1);
    expect(distance('kitten', 'sitting', 9)).toBe(3);
  });

  it('stops at the limit', () => {
    expect(distance('aaaa', 'bbbb', 2)).toBe(2);
    expect(distance('a', 'abcdef', 2)).toBe(2);
  });
});
