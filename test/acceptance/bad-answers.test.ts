import { afterAll, beforeAll, expect, test } from 'vitest';
import { Client, FrameTooLargeError, KeeperError, NoNodeError } from '../../src/client/index.js';
import type { ClientState } from '../../src/client/index.js';
import { ErrorCode, OPEN_ACL_UNSAFE, OpCode } from '../../src/protocol/index.js';
import { JUTE_MAXBUFFER_DEFAULT_BYTES } from '../../src/protocol/limits.js';
import { InterProcessMutex } from '../../src/recipes/index.js';
import { nodeRuntime } from '../../src/runtime/index.js';
import { startServer } from '../../src/testing/index.js';
import type { TestServer } from '../../src/testing/index.js';
import { ScriptedServer, statOf } from '../client/support/scripted-server.js';
import { RawSession } from '../interop/support/raw-session.js';
import { FaultProxy } from '../support/proxy.js';

const CHILDREN = 5000;
const NAME_LENGTH = 240;
const UNKNOWN_ERROR = -4711;
const UNKNOWN_OPCODE = 4711;

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

/** States the client has gone through since this call. */
function statesOf(client: Client): ClientState[] {
  const states: ClientState[] = [];
  client.on('stateChanged', ({ to }) => states.push(to));
  return states;
}

test('8. Children above the frame limit: a clear error, no endless loop', async () => {
  await using proxy = await FaultProxy.start(server.connectString);
  await using other = await Client.connect(server.connectString);
  await using client = await Client.connect(proxy.connectString);
  const path = '/crowded';
  await other.create(path);
  const names = Array.from({ length: CHILDREN }, (_, number) => `${number}`.padStart(NAME_LENGTH, 'x'));
  await Promise.all(names.map((name) => other.create(`${path}/${name}`)));
  const ephemeral = await client.create('/mine', null, { mode: 'ephemeral' });
  const { sessionId } = client;

  proxy.requests.clear();
  const back = new Promise<void>((resolve) => client.once('reconnected', () => resolve()));
  const refused = await client.getChildren(path, { watch: true }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(FrameTooLargeError);
  const bytes = CHILDREN * (4 + NAME_LENGTH);
  expect(bytes).toBeGreaterThan(JUTE_MAXBUFFER_DEFAULT_BYTES);
  expect(refused).toMatchObject({ code: 'FRAME_TOO_LARGE', path, op: 'getChildren2', retryable: false });
  expect((refused as Error).message).toMatch(/an answer of 12\d{5} bytes exceeds limits.frameBytesMax of 1048575/);
  // The session goes on over a new connection, and nobody asks again.
  await back;
  expect(client.sessionId).toBe(sessionId);
  expect((await client.exists(ephemeral.path)).stat).not.toBeNull();
  expect(proxy.requestsOf(OpCode.getChildren2)).toBe(1);
  expect(proxy.connections).toBe(1);

  // A lock on such a path says the same, and leaves no contender behind.
  await expect(new InterProcessMutex(client, path).acquire()).rejects.toBeInstanceOf(FrameTooLargeError);
  expect(await other.getAllChildrenNumber(path)).toBe(CHILDREN);
  expect(client.pendingCleanupCount).toBe(0);
  // And whoever wants such answers gets them.
  await using patient = await Client.connect(server.connectString, { limits: { frameBytesMax: 2 * bytes } });
  expect((await patient.getChildren(path)).children).toHaveLength(CHILDREN);
});

test('14. Unknown error code or opcode: error on that request only, the link stays', async () => {
  const { network } = nodeRuntime();
  const odd = await ScriptedServer.start({ network, port: 0 });
  // Errors of the future, and operations that this server has never heard of.
  odd.on(OpCode.getData, (request) =>
    request.body.path === '/odd' ? request.refuse(UNKNOWN_ERROR) : request.reply({ data: null, stat: statOf() }),
  );
  odd.on(OpCode.create2, (request) => request.refuse(ErrorCode.UNIMPLEMENTED, -1));
  odd.on(OpCode.createTTL, (request) => request.refuse(ErrorCode.UNIMPLEMENTED, -1));
  odd.on(OpCode.addWatch, (request) => request.refuse(ErrorCode.UNIMPLEMENTED, -1));
  odd.on(OpCode.exists, (request) => request.refuse(ErrorCode.NONODE));
  await using client = await Client.connect(odd.connectString);
  const states = statesOf(client);
  // All under way at once: each is answered by its own answer.
  const outcomes = await Promise.allSettled([
    client.getData('/odd'),
    client.getData('/a'),
    client.create('/a', null, { mode: 'ttl', ttlMs: 1000 }),
    client.getData('/b', { watch: true }),
    client.addWatch('/a', { recursive: true }),
    client.create('/a'),
    client.exists('/a'),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual([
    'rejected',
    'fulfilled',
    'rejected',
    'fulfilled',
    'rejected',
    'rejected',
    'fulfilled',
  ]);
  const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  expect(errors.every((error) => error instanceof KeeperError)).toBe(true);
  expect(errors).toMatchObject([
    { code: 'UNKNOWN', rc: UNKNOWN_ERROR, path: '/odd', op: 'getData', retryable: false },
    { code: 'UNIMPLEMENTED', rc: ErrorCode.UNIMPLEMENTED, op: 'createTTL' },
    { code: 'UNIMPLEMENTED', op: 'addWatch' },
    { code: 'UNIMPLEMENTED', op: 'create2' },
  ]);
  expect(states).toEqual([]);
  expect(odd.connections).toHaveLength(1);
  await client.close();
  await odd.stop();
});

test('14. ... and by the server: what it cannot do or read is refused, the link stays; after an unknown opcode the session does', async () => {
  await using client = await Client.connect(server.connectString);
  const states = statesOf(client);
  const session = await RawSession.open(server.port, { timeoutMs: 10_000 });
  // Known operations that this server refuses, and requests it cannot read.
  await expect(client.reconfig({ joining: 'server.5=192.0.2.1:1:1;1' })).rejects.toBeInstanceOf(KeeperError);
  await expect(client.delete('/nobody')).rejects.toBeInstanceOf(NoNodeError);
  expect(await session.request(OpCode.create2, { path: '/x', data: null, acl: null, flags: 4711 })).toMatchObject({
    err: ErrorCode.BADARGUMENTS,
  });
  expect(await session.request(OpCode.exists, { path: null, watch: false })).toMatchObject({
    err: ErrorCode.MARSHALLINGERROR,
  });
  expect(await session.request(OpCode.exists, { path: '/', watch: false })).toMatchObject({ err: 0 });
  expect(states).toEqual([]);
  // The original hangs up behind its answer, clients count on that: so do we. Nothing but the connection is lost.
  await session.must(OpCode.create, { path: '/held', data: null, acl: OPEN_ACL_UNSAFE, flags: 1 });
  expect(await session.askBare(UNKNOWN_OPCODE)).toBe(ErrorCode.UNIMPLEMENTED);
  await session.hungUp;
  const again = await RawSession.open(server.port, { timeoutMs: 10_000, identity: session.identity });
  expect(again.identity.sessionId).toBe(session.identity.sessionId);
  expect(await again.children('/')).toContain('held');
  await again.close();
});
