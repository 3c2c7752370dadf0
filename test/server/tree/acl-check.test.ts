import { describe, expect, it } from 'vitest';
import type { Acl, Id } from '../../../src/protocol/acl.js';
import { OPEN_ACL_UNSAFE, Perms } from '../../../src/protocol/acl.js';
import type { AclCheckerOptions } from '../../../src/server/tree/acl-check.js';
import { AclChecker } from '../../../src/server/tree/acl-check.js';
import { AclList } from '../../../src/server/tree/acl-list.js';
import { aclOf, idOf, PLAIN_ACCESS } from './support/tree-harness.js';

function permits(
  acl: readonly Acl[],
  identities: readonly Id[],
  options: { perms?: number; access?: Partial<AclCheckerOptions> } = {},
): boolean {
  const checker = new AclChecker({ ...PLAIN_ACCESS, ...options.access });
  return checker.permits(new AclList(acl, 1), options.perms ?? Perms.read, identities);
}

const me = idOf('ip', '127.0.0.1');

describe('a permission check', () => {
  it('passes what everybody may, and only that', () => {
    const acl = [aclOf(Perms.read | Perms.admin, 'world', 'anyone'), aclOf(Perms.write, 'world', 'anyone')];
    const granted = [1, 2, 4, 8, 16].map((perms) => permits(acl, [me], { perms }));
    expect(granted).toEqual([true, true, false, false, true]);
  });

  it('passes when one bit of several is granted', () => {
    expect(permits([aclOf(Perms.admin, 'world', 'anyone')], [], { perms: Perms.read | Perms.admin })).toBe(true);
  });

  it('passes for an empty list, for super and where ACLs are skipped', () => {
    const closed = [aclOf(0, 'world', 'anyone')];
    expect(permits([], [me])).toBe(true);
    expect(permits(closed, [me])).toBe(false);
    expect(permits(closed, [me, idOf('super', '')])).toBe(true);
    expect(permits(closed, [me], { access: { skipAcl: true } })).toBe(true);
  });

  it('passes for nobody, but super, on a list that a snapshot did not hold', () => {
    const lost = new AclList([], 0, false);
    const checker = new AclChecker(PLAIN_ACCESS);
    expect(checker.permits(lost, Perms.read, [me])).toBe(false);
    expect(checker.permits(lost, Perms.read, [idOf('super', '')])).toBe(true);
  });

  it('matches digest and unknown schemes by the exact id', () => {
    const acl = [aclOf(31, 'digest', 'bob:hash')];
    expect(permits(acl, [idOf('digest', 'bob:hash')])).toBe(true);
    expect(permits(acl, [idOf('digest', 'bob:other')])).toBe(false);
    expect(permits(acl, [idOf('sasl', 'bob:hash')])).toBe(false);
    expect(permits([aclOf(31, 'custom', 'x')], [idOf('custom', 'x')])).toBe(true);
    expect(permits([aclOf(31, 'digest', null)], [idOf('digest', 'x')])).toBe(false);
  });

  it('looks at every entry', () => {
    const acl = [aclOf(Perms.write, 'digest', 'a:h'), aclOf(Perms.read, 'digest', 'b:h')];
    expect(permits(acl, [idOf('digest', 'a:h')])).toBe(false);
    expect(permits(acl, [me, idOf('digest', 'a:h'), idOf('digest', 'b:h')])).toBe(true);
  });

  it.each([
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.0/8', '127.9.9.9', true],
    ['10.0.0.0/8', '127.0.0.1', false],
    ['0.0.0.0/0', '127.0.0.1', true],
    ['192.168.8.0/21', '192.168.15.255', true],
    ['192.168.8.0/21', '192.168.16.0', false],
    ['::1', '127.0.0.1', false],
    ['0.0.0.0/0', '::1', false],
    ['fe80::/10', 'febf::1', true],
    ['fe80::/10', 'fec0::1', false],
    ['::1/128', '0:0:0:0:0:0:0:1', true],
    ['127.0.0.1', 'no address', false],
    ['no range', '127.0.0.1', false],
  ])('matches ip %s against %s: %s', (range, address, expected) => {
    expect(permits([aclOf(1, 'ip', range)], [idOf('ip', address)])).toBe(expected);
  });

  it('matches sasl exactly, by the identity super, and by the id set for any user', () => {
    const acl = [aclOf(1, 'sasl', 'bob')];
    expect(permits(acl, [idOf('sasl', 'bob')])).toBe(true);
    expect(permits(acl, [idOf('sasl', 'eve')])).toBe(false);
    expect(permits(acl, [idOf('sasl', 'super')])).toBe(true);
    expect(permits(acl, [idOf('sasl', 'eve')], { access: { anySaslUserId: 'bob' } })).toBe(true);
    expect(permits(acl, [me], { access: { anySaslUserId: 'bob' } })).toBe(false);
  });

  it('matches x509 exactly and by the super user’s subject', () => {
    const acl = [aclOf(1, 'x509', 'CN=a')];
    expect(permits(acl, [idOf('x509', 'CN=a')])).toBe(true);
    expect(permits(acl, [idOf('x509', 'CN=b')])).toBe(false);
    expect(permits(acl, [idOf('x509', 'CN=b')], { access: { x509SuperUser: 'CN=b' } })).toBe(true);
  });
});

describe('an ACL in a request', () => {
  const bob = idOf('digest', 'bob:hash');
  const expand = (acl: readonly Acl[] | null, identities: readonly Id[] = [me, bob]): readonly Acl[] | number =>
    new AclChecker({ ...PLAIN_ACCESS, extraSchemes: ['sasl', 'x509'] }).expand(acl, identities);

  it.each<[string, readonly Acl[] | null]>([
    ['null', null],
    ['empty', []],
    ['a null scheme', [aclOf(1, null, null)]],
    ['an unknown scheme', [aclOf(1, 'nosuch', 'x')]],
    ['super', [aclOf(1, 'super', '')]],
    ['another world', [aclOf(1, 'world', 'Anyone')]],
    ['a null digest id', [aclOf(1, 'digest', null)]],
    ['digest without colon', [aclOf(1, 'digest', 'a')]],
    ['digest with nothing after the colon', [aclOf(1, 'digest', 'a:')]],
    ['digest of a colon', [aclOf(1, 'digest', ':')]],
    ['digest with two colons', [aclOf(1, 'digest', 'a:b:c')]],
    ['an empty digest', [aclOf(1, 'digest', '')]],
    ['ip with too many bits', [aclOf(1, 'ip', '127.0.0.1/33')]],
    ['ip with a word for bits', [aclOf(1, 'ip', '127.0.0.1/x')]],
    ['ip of three parts', [aclOf(1, 'ip', '127.0.0')]],
    ['a host name', [aclOf(1, 'ip', 'localhost')]],
    ['sasl with two slashes', [aclOf(1, 'sasl', 'a/b/c@d')]],
    ['sasl with two realms', [aclOf(1, 'sasl', 'a/b@c@d')]],
    ['an empty sasl id', [aclOf(1, 'sasl', '')]],
    ['a name that is no subject', [aclOf(1, 'x509', 'bob')]],
    ['one bad entry among good ones', [aclOf(31, 'world', 'anyone'), aclOf(1, 'nosuch', 'x')]],
  ])('is refused: %s', (_, acl) => {
    expect(expand(acl)).toBe(-114);
  });

  it.each<Acl>([
    aclOf(1, 'digest', ':b'),
    aclOf(1, 'digest', 'a:b::'),
    aclOf(1, 'ip', '127.0.0.1/0'),
    aclOf(1, 'ip', '::1/128'),
    aclOf(0xff, 'world', 'anyone'),
    aclOf(0, 'world', 'anyone'),
    aclOf(1, 'sasl', 'a/b@c'),
    aclOf(1, 'sasl', 'bob'),
    aclOf(1, 'x509', 'CN=a\\, b,OU=x+L=y,O=z'),
  ])('is kept as it is: %j', (entry) => {
    expect(expand([entry])).toEqual([entry]);
  });

  it('cannot be read when world has no id', () => {
    expect(expand([aclOf(31, 'world', null)])).toBe(-5);
  });

  it('shares the open list', () => {
    expect(expand([aclOf(31, 'world', 'anyone')])).toBe(OPEN_ACL_UNSAFE);
  });

  it('loses exact duplicates only, in order', () => {
    const [all, read] = [aclOf(31, 'world', 'anyone'), aclOf(1, 'world', 'anyone')];
    expect(expand([all, all, read, aclOf(1, 'world', 'anyone'), aclOf(1, 'ip', '::1')])).toEqual([
      all,
      read,
      aclOf(1, 'ip', '::1'),
    ]);
  });

  it('has auth replaced by who is authenticated, whatever its id says', () => {
    const al = idOf('x509', 'CN=al');
    const identities = [me, bob, idOf('super', ''), al];
    expect(expand([aclOf(3, 'auth', null), aclOf(1, 'world', 'anyone')], identities)).toEqual([
      { perms: 3, id: bob },
      { perms: 3, id: al },
      aclOf(1, 'world', 'anyone'),
    ]);
    expect(expand([aclOf(3, 'auth', ''), aclOf(3, 'auth', 'x'), aclOf(3, 'digest', 'bob:hash')])).toEqual([
      { perms: 3, id: bob },
    ]);
    expect(expand([aclOf(3, 'auth', '')], [me, idOf('super', '')])).toBe(-114);
  });

  it('names sasl and x509 only where they are set up', () => {
    const plain = new AclChecker(PLAIN_ACCESS);
    expect(plain.expand([aclOf(1, 'sasl', 'bob')], [])).toBe(-114);
    expect(plain.expand([aclOf(1, 'x509', 'CN=a')], [])).toBe(-114);
    const custom = new AclChecker({ ...PLAIN_ACCESS, extraSchemes: ['custom'] });
    expect(custom.expand([aclOf(1, 'custom', 'x')], [])).toEqual([aclOf(1, 'custom', 'x')]);
    expect(custom.expand([aclOf(1, 'custom', '')], [])).toBe(-114);
  });

  it('is refused when auth would make it larger than the log can hold', () => {
    const identities = Array.from({ length: 100 }, (_, i) => idOf('digest', `user${i}:${'h'.repeat(28)}`));
    const entries = (count: number): Acl[] => Array.from({ length: count }, (_, i) => aclOf(i, 'auth', ''));
    expect(expand(entries(10), identities)).toHaveLength(1000);
    expect(expand(entries(100), identities)).toBe(-114);
  });

  it('takes no longer for many entries', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => aclOf(1, 'digest', `u${i % 100}:h`));
    expect(expand(many)).toHaveLength(100);
  });
});
