import { describe, expect, it } from 'vitest';
import { addChroot, stripChroot } from '../../src/client/chroot.js';
import { BadArgumentsError } from '../../src/client/index.js';
import type { CreateMode, NodeData } from '../../src/client/index.js';
import { createRequest, czxidMaxOf, dataOf, serverPath, versionOf } from '../../src/client/arguments.js';
import { OpCode } from '../../src/protocol/op-codes.js';
import { VirtualWorld } from './support/virtual-world.js';

describe('a chroot', () => {
  it.each([
    ['', '/', '/'],
    ['', '/a', '/a'],
    ['/app', '/', '/app'],
    ['/app', '/a/b', '/app/a/b'],
  ])('%j and %j make %j, and back', (chroot, path, onServer) => {
    expect(addChroot(chroot, path)).toBe(onServer);
    expect(stripChroot(chroot, onServer)).toBe(path);
  });

  it.each(['/zookeeper/config', '/apple', '/ap'])('leaves %j, which lies outside, as it is', (path) => {
    expect(stripChroot('/app', path)).toBe(path);
  });
});

describe('arguments', () => {
  it.each([
    ['persistent', OpCode.create2, 0],
    ['ephemeral', OpCode.create2, 1],
    ['persistent-sequential', OpCode.create2, 2],
    ['ephemeral-sequential', OpCode.create2, 3],
    ['container', OpCode.createContainer, 4],
    ['ttl', OpCode.createTTL, 5],
    ['ttl-sequential', OpCode.createTTL, 6],
  ] as const)('mode %s is op %i with flags %i', (mode, op, flags) => {
    const spec = mode.startsWith('ttl') ? { mode, ttlMs: 1 } : { mode };
    expect(createRequest('', { path: '/a', data: null }, spec)).toMatchObject({ op, body: { flags } });
  });

  it('let a sequential path end with a slash', () => {
    const made = createRequest('/app', { path: '/a/', data: null }, { mode: 'ephemeral-sequential' });
    expect(made.body.path).toBe('/app/a/');
    expect(() => createRequest('', { path: '/a/', data: null }, {})).toThrow('ends with /');
  });

  it.each([
    [() => serverPath('', 'a'), 'does not start with /'],
    [() => serverPath('', ''), 'is empty'],
    [() => serverPath('', '/a//b'), 'empty component'],
    [() => serverPath('', '/a/..'), 'relative component'],
    [() => serverPath('', '/a\u0000'), 'character 0x0'],
    [() => serverPath('', undefined as unknown as string), 'not a string'],
    [() => createRequest('', { path: '/a', data: null }, { mode: 'x' as CreateMode }), 'create mode "x"'],
    [() => createRequest('', { path: '/a', data: null }, { acl: [] }), 'access control list of /a is empty'],
    [() => createRequest('', { path: '/a', data: null }, { mode: 'ttl' }), 'ttlMs undefined of /a'],
    [() => createRequest('', { path: '/a', data: null }, { mode: 'ttl', ttlMs: 0 }), 'ttlMs 0 of /a'],
    [() => createRequest('', { path: '/a', data: null }, { mode: 'ttl', ttlMs: 2 ** 40 }), 'ttlMs 1099511627776'],
    [() => createRequest('', { path: '/a', data: null }, { ttlMs: 5 }), 'needs mode "ttl"'],
    [() => dataOf(5 as unknown as NodeData, '/a'), 'data of /a'],
    [() => versionOf(1.5, '/a'), 'version 1.5 of /a'],
    [() => versionOf(2 ** 31 + 1, '/a'), 'version 2147483649 of /a'],
    [() => czxidMaxOf(NaN, '/a'), 'czxidMax NaN of /a'],
  ])('are checked before anything is sent (%#)', (act, message) => {
    expect(act).toThrow(BadArgumentsError);
    expect(act).toThrow(message);
  });

  it('that are wrong reject the call and send nothing', async () => {
    const world = new VirtualWorld();
    const { server, client } = await world.pair();
    const wrong = [
      client.create('a'),
      client.delete('/a/'),
      client.exists(''),
      client.getData('b', { watch: true }),
      client.addWatch('x'),
      client.setAcl('/a', []),
      client.guaranteedDelete('x'),
    ];
    const failures = await Promise.all(wrong.map((call) => call.catch((error: unknown) => error)));
    for (const failure of failures) expect(failure).toBeInstanceOf(BadArgumentsError);
    expect(() => client.transaction().create('a')).toThrow(BadArgumentsError);
    expect(() => client.withChroot('a/')).toThrow(BadArgumentsError);
    await world.pass(10);
    expect(server.received).toEqual([]);
  });
});
