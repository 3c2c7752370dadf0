import { expect, test } from 'vitest';
import { OPEN_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import { ErrorCode } from '../../../src/protocol/error-codes.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import type { Zxid } from '../../../src/protocol/zxid.js';
import { ZXID_NONE } from '../../../src/protocol/zxid.js';
import { SILENT_LOGGER } from '../../../src/runtime/index.js';
import { AuthProviders } from '../../../src/server/auth/auth-providers.js';
import { buildReadOnlyCore } from '../../../src/server/runtime/ensemble-cores.js';
import { ServerState } from '../../../src/server/runtime/server-state.js';
import { sessionPassword } from '../../../src/server/sessions/session-password.js';
import { DataTree } from '../../../src/server/tree/data-tree.js';
import { ServerStats } from '../../../src/server/words/server-stats.js';
import { recordedConfig } from '../words/fake-server.js';
import type { ConnectOptions, TestLink } from './support/test-link.js';
import { connectTo } from './support/test-link.js';

const CONFIG = recordedConfig('extendedTypesEnabled=true');
const LAST_APPLIED = 0x1_0000_0007 as Zxid;
const GLOBAL_SESSION = 0x100_0000_0000_0001n;
const TIMEOUT_MS = 4000;

/** A server that has lost its leader, and knows of one session that all had known of. */
class Harness {
  nowMs = 1_000_000;
  readonly state: ServerState;
  readonly core;

  constructor() {
    const clock = { wallMs: () => this.nowMs, monotonicMs: () => this.nowMs };
    const tree = new DataTree({ extendedTypesEnabled: true, digestEnabled: true });
    tree.lastProcessedZxid = LAST_APPLIED;
    const options = { serverId: 1, tickTimeMs: 1000, localSessionsEnabled: false, localSessionsUpgradingEnabled: true };
    this.state = new ServerState({ ...options, clock }, { tree, sessions: [[GLOBAL_SESSION, TIMEOUT_MS]] });
    this.core = buildReadOnlyCore(CONFIG, {
      runtime: { clock },
      logger: SILENT_LOGGER,
      storage: { snapshotIfDue: () => undefined, lastLoggedZxid: ZXID_NONE },
      authenticator: new AuthProviders(CONFIG.auth),
      stats: new ServerStats(),
      state: this.state,
    });
  }

  connect(options: ConnectOptions = {}): TestLink {
    return connectTo(this.core, { readOnly: true, timeOut: TIMEOUT_MS, ...options });
  }

  open(): TestLink {
    const link = this.connect();
    link.session = link.handshake();
    return link;
  }
}

const handshake = { protocolVersion: 0, timeOut: TIMEOUT_MS, readOnly: false } as const;
const create = { path: '/a', data: Buffer.from('x'), acl: OPEN_ACL_UNSAFE, flags: 0 };

test('lets in who is content with reads, at once, and says so', () => {
  const link = new Harness().open();
  expect(link.session).toMatchObject({ timeOut: TIMEOUT_MS, readOnly: true });
  expect(link.session?.sessionId).not.toBe(0n);
});

test.each([[false], ['absent' as const]])('closes on others without a word: readOnly %s', (readOnly) => {
  const link = new Harness().connect({ readOnly });
  expect(link.isClosed).toBe(true);
  expect(link.take()).toEqual([]);
});

test('closes on whoever has seen a later transaction', () => {
  expect(new Harness().connect({ lastZxidSeen: BigInt(LAST_APPLIED) + 1n }).isClosed).toBe(true);
});

test.each([
  [OpCode.create, create],
  [OpCode.create2, create],
  [OpCode.createContainer, { ...create, flags: 4 }],
  [OpCode.createTTL, { ...create, flags: 5, ttl: 1000n }],
  [OpCode.delete, { path: '/zookeeper', version: -1 }],
  [OpCode.setData, { path: '/zookeeper', data: Buffer.from('x'), version: -1 }],
  [OpCode.setACL, { path: '/zookeeper', acl: OPEN_ACL_UNSAFE, version: -1 }],
  [OpCode.multi, { ops: [] }],
  [OpCode.sync, { path: '/' }],
  [OpCode.reconfig, { joiningServers: null, leavingServers: null, newMembers: null, curConfigId: -1n }],
] as const)('refuses op %i with the last transaction that it knows', (op, body) => {
  const harness = new Harness();
  const link = harness.open();
  const { digest } = harness.state.tree;
  link.send(op, body, 1);
  expect(link.take()).toMatchObject([{ xid: 1, zxid: LAST_APPLIED, err: ErrorCode.NOTREADONLY }]);
  link.send(OpCode.getData, { path: '/zookeeper', watch: false }, 2);
  expect(link.take()).toMatchObject([{ xid: 2, zxid: LAST_APPLIED, err: 0 }]);
  expect(harness.core.pipeline.outstanding).toBe(0);
  expect(harness.state.tree.digest).toBe(digest);
});

test('refuses what it does not even read: a check, a write that cannot be decoded', () => {
  const link = new Harness().open();
  link.sendRaw(Buffer.from([0, 0, 0, 1, 0, 0, 0, OpCode.check]));
  link.sendRaw(Buffer.from([0, 0, 0, 2, 0, 0, 0, OpCode.create, 1, 2]));
  expect(link.take()).toMatchObject([
    { xid: 1, zxid: LAST_APPLIED, err: ErrorCode.NOTREADONLY },
    { xid: 2, zxid: LAST_APPLIED, err: ErrorCode.NOTREADONLY },
  ]);
  expect(link.isClosed).toBe(false);
});

test('knows its own sessions: they come back, end and expire', () => {
  const harness = new Harness();
  const first = harness.open();
  const { session } = first;
  const second = harness.connect({ session });
  expect(second.handshake()).toEqual(session);
  expect(first.isClosed).toBe(true);
  second.send(OpCode.closeSession, {}, 1);
  expect(second.take()).toMatchObject([{ xid: 1, err: 0 }]);
  expect(second.isClosed).toBe(true);
  const silent = harness.open();
  harness.nowMs += 2 * TIMEOUT_MS;
  expect(harness.core.pipeline.expireSessions(harness.nowMs)).toHaveLength(1);
  expect(silent.isClosed).toBe(true);
  expect([...harness.state.sessions.values()].map(({ id }) => id)).toEqual([GLOBAL_SESSION]);
});

test.each([
  ['of the ensemble', GLOBAL_SESSION],
  ['that it does not know, which others may', 0x200_0000_0000_0009n],
])('closes on a session %s without a word', (_, sessionId) => {
  const harness = new Harness();
  const link = harness.connect({ session: { ...handshake, sessionId, passwd: sessionPassword(sessionId) } });
  expect(link.isClosed).toBe(true);
  expect(link.take()).toEqual([]);
});

test('refuses a session with a wrong password as every server does', () => {
  const link = new Harness().connect({
    session: { ...handshake, sessionId: GLOBAL_SESSION, passwd: Buffer.alloc(16, 1) },
  });
  expect(link.handshake()).toMatchObject({ timeOut: 0, sessionId: 0n, readOnly: true });
  expect(link.isClosed).toBe(true);
});

test('sends everybody away when it ends, and forgets the sessions', () => {
  const harness = new Harness();
  const link = harness.open();
  harness.core.dispose();
  expect(link.isClosed).toBe(true);
  expect(harness.state.localSessions.table.size).toBe(0);
});
