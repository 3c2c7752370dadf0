import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { distance } from '../../../src/server/config/edit-distance.js';
import { keyFamilies } from '../../../src/server/config/key-families.js';
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

describe('the guide', () => {
  const guide = readFileSync(new URL('../../../docs/guide/server.md', import.meta.url), 'utf8');

  it('names every key', () => {
    const inFamilies = (name: string) => keyFamilies.some(({ matches }) => matches.test(name));
    const names = [...Object.keys(keys).filter((name) => !inFamilies(name)), ...keyFamilies.map(({ shown }) => shown)];
    expect(names.filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
  });

  it('gives the defaults that are in force', () => {
    const rows = [...guide.matchAll(/^\| `([^`]+)` +\| `([^`]+)` +\|/gm)];
    expect(rows.length).toBeGreaterThan(25);
    for (const [, name = '', shown] of rows) {
      const known = findKey(name);
      if (known !== undefined && known.spec.fallback !== null) expect(formatDefault(known.spec), name).toBe(shown);
    }
  });
});

describe('what must work', () => {
  it('is all honoured, but for what a standalone server cannot have and what comes later', () => {
    const missing = Object.entries<KeySpec<unknown>>(keys).filter(
      ([, { mark, status, reason = '' }]) => mark === 'M' && status !== 'honoured' && !/ensemble/.test(reason),
    );
    expect(missing.map(([name]) => name).sort()).toEqual([
      'admin.commandURL',
      'admin.enableServer',
      'admin.serverAddress',
      'admin.serverPort',
      'java.security.auth.login.config',
      'metricsProvider.className',
      'metricsProvider.exportJvmInfo',
      'metricsProvider.httpHost',
      'metricsProvider.httpPort',
      'serverCnxnFactory',
      'sessionRequireClientSASLAuth',
      'ssl.hostnameVerification',
    ]);
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
