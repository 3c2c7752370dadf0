import { OPEN_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import type { Holdings } from './ask-word.js';
import { askWord, holdingsOf } from './ask-word.js';
import type { FuzzWorld } from './fuzz-world.js';
import { HealthySession } from './healthy-session.js';
import type { MemoryWorld } from './memory-world.js';
import { SUPER_PASSWORD } from './memory-world.js';

/** Longer than any session or unspoken connection lasts. */
const ALL_TIMES_UP_MS = 12_000;
/** A tree digest is shown for every so many transactions. */
const DIGEST_EVERY = 128;

/** Fails unless the server holds nothing any more for clients that are all gone. */
export async function expectNothingHeld(world: FuzzWorld): Promise<Holdings> {
  await world.wait(ALL_TIMES_UP_MS);
  const held = await holdingsOf(world);
  const left = { ...held, zk_znode_count: 0, zk_num_alive_connections: held.zk_num_alive_connections - 1 };
  if (Object.values(left).some((count) => count !== 0)) {
    throw new Error(`the server still holds something for clients that are gone: ${JSON.stringify(held)}`);
  }
  return held;
}

/** For real time, in which sessions last longer than a test may: at least no connection is held. */
export async function expectConnectionsGone(world: FuzzWorld): Promise<void> {
  const deadlineMs = performance.now() + ALL_TIMES_UP_MS;
  for (;;) {
    const { zk_num_alive_connections: connections, zk_outstanding_requests: requests } = await holdingsOf(world);
    if (connections === 1 && requests === 0) return;
    if (performance.now() > deadlineMs) throw new Error(`${connections} connections and ${requests} requests are left`);
  }
}

/** Stops the server, and fails unless its files lead to the very tree that it had. */
export async function expectSameTreeAgain(world: MemoryWorld): Promise<void> {
  const session = await HealthySession.open(world);
  const refused = { path: '/no such node', data: null, version: -1 };
  const { zxid } = await session.ask(OpCode.setData, refused);
  const missing = (DIGEST_EVERY - (zxid % DIGEST_EVERY)) % DIGEST_EVERY;
  await session.askAll(
    OpCode.setData,
    Array.from({ length: missing }, () => refused),
  );
  await session.close();
  const shown = (await askWord(world, 'hash')).trim().split('\n').at(-1) ?? '';
  const [shownZxid = '', shownDigest = ''] = shown.split(': ');
  const expected = {
    digest: BigInt.asUintN(64, BigInt(shownDigest)),
    // The end of the session follows.
    lastZxid: Number.parseInt(shownZxid, 16) + 1,
    sessions: 0,
    digestMismatches: 0,
  };
  const reread = await world.stopAndReread();
  const found = { ...reread, digest: BigInt.asUintN(64, reread.digest) };
  if (String(Object.values(found)) !== String(Object.values(expected))) {
    throw new Error(`the server's files lead to ${show(found)}, but it had ${show(expected)}`);
  }
  if (world.errors.length > 0) throw new Error(`the server complained: ${world.errors.join('; ')}`);
}

/** Removes every node that can be removed. */
export async function removeEverything(world: FuzzWorld): Promise<void> {
  const session = await HealthySession.open(world);
  await session.ask(OpCode.auth, { type: 0, scheme: 'digest', auth: Buffer.from(`super:${SUPER_PASSWORD}`) });
  await session.ask(OpCode.setACL, { path: '/', acl: OPEN_ACL_UNSAFE, version: -1 });
  await removeBelow(session, '/');
  await session.close();
}

async function removeBelow(session: HealthySession, path: string): Promise<void> {
  const { body } = await session.ask(OpCode.getChildren, { path, watch: false });
  for (const name of body?.children ?? []) {
    const child = path === '/' ? `/${name}` : `${path}/${name}`;
    await removeBelow(session, child);
    await session.ask(OpCode.delete, { path: child, version: -1 });
  }
}

function show(values: object): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
