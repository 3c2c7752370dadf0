import {
  CreateFlags,
  ErrorCode,
  OPEN_ACL_UNSAFE,
  OpCode,
  Perms,
  type Acl,
  type MultiOp,
} from '../../../src/protocol/index.js';
import type { RawSession } from './raw-session.js';

const OWNER = 'alice:secret';
const TTL_MS = 600_000n;
const SIBLINGS = 40;
const MIXED_ACL: readonly Acl[] = [
  { perms: Perms.all, id: { scheme: 'auth', id: '' } },
  { perms: Perms.read, id: { scheme: 'world', id: 'anyone' } },
  { perms: Perms.read | Perms.write, id: { scheme: 'ip', id: '192.0.2.0/24' } },
];

export interface NodeSpec {
  readonly data?: Buffer | null;
  readonly acl?: readonly Acl[];
  readonly flags?: number;
}

/** Creates a node that must not exist yet; resolves with its path. */
export async function make(session: RawSession, path: string, spec: NodeSpec = {}): Promise<string> {
  const { data = Buffer.from(path), acl = OPEN_ACL_UNSAFE, flags = CreateFlags.persistent } = spec;
  const op = flags === CreateFlags.container ? OpCode.createContainer : OpCode.create2;
  const made = await session.must(op, { path, data, acl, flags });
  if (made.path === null) throw new Error(`created ${path}, but was given no name`);
  return made.path;
}

export async function makeTtl(session: RawSession, path: string, ttlMs: bigint): Promise<void> {
  const flags = CreateFlags.persistentWithTtl;
  await session.must(OpCode.createTTL, { path, data: null, acl: OPEN_ACL_UNSAFE, flags, ttl: ttlMs });
}

export async function put(session: RawSession, path: string, text: string): Promise<void> {
  await session.must(OpCode.setData, { path, data: Buffer.from(text), version: -1 });
}

export async function remove(session: RawSession, path: string): Promise<void> {
  await session.must(OpCode.delete, { path, version: -1 });
}

/**
 * Writes one node of every kind and one change of every kind below `root`. The ephemerals belong to `session`, which
 * stays open; `guest` is a session that is closed, so that its ephemerals go with it.
 */
export async function furnish(session: RawSession, guest: RawSession, root: string): Promise<void> {
  await session.addAuth(OWNER);
  await make(session, root, { data: null });
  await kindsOfNode(session, root);
  await kindsOfChange(session, root);
  await quota(session, root);
  await make(guest, `${root}/guest`, { flags: CreateFlags.ephemeral });
  await make(guest, `${root}/guest-`, { flags: CreateFlags.ephemeralSequential });
  await guest.close();
  await refusals(session, root);
}

async function kindsOfNode(session: RawSession, root: string): Promise<void> {
  await make(session, `${root}/null`, { data: null });
  await make(session, `${root}/empty`, { data: Buffer.alloc(0) });
  await make(session, `${root}/bytes`, { data: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)) });
  await make(session, `${root}/large`, { data: Buffer.alloc(200_000, 'pinfold ') });
  await make(session, `${root}/\u00fc\u6f22\u5b57`);
  await make(session, `${root}/s-`, { flags: CreateFlags.persistentSequential });
  await make(session, `${root}/s-`, { flags: CreateFlags.persistentSequential });
  await make(session, `${root}/e`, { flags: CreateFlags.ephemeral });
  await make(session, `${root}/e-`, { flags: CreateFlags.ephemeralSequential });
  await make(session, `${root}/box`, { flags: CreateFlags.container });
  await make(session, `${root}/box/kept`);
  await makeTtl(session, `${root}/ttl`, TTL_MS);
  await make(session, `${root}/guarded`, { acl: MIXED_ACL });
  await make(session, `${root}/guarded/open`);
  await make(session, `${root}/deep`);
  await make(session, `${root}/deep/er`);
  await make(session, `${root}/deep/er/still`);
  await make(session, `${root}/many`);
  await Promise.all(Array.from({ length: SIBLINGS }, (_, n) => make(session, `${root}/many/${n}`)));
}

async function kindsOfChange(session: RawSession, root: string): Promise<void> {
  await put(session, `${root}/null`, 'no longer null');
  await put(session, `${root}/null`, 'twice');
  await session.must(OpCode.setData, { path: `${root}/empty`, data: null, version: 0 });
  await session.must(OpCode.setACL, { path: `${root}/deep`, acl: MIXED_ACL, version: 0 });
  await session.must(OpCode.setACL, { path: `${root}/deep`, acl: OPEN_ACL_UNSAFE, version: 1 });
  await session.must(OpCode.setACL, { path: `${root}/deep`, acl: MIXED_ACL.slice(0, 1), version: 2 });
  await remove(session, `${root}/many/7`);
  await remove(session, `${root}/many/8`);
  await make(session, `${root}/many/7`);
  const at = `${root}/multi`;
  const ops: MultiOp[] = [
    { type: OpCode.create, err: -1, body: { path: at, data: null, acl: OPEN_ACL_UNSAFE, flags: 0 } },
    { type: OpCode.create2, err: -1, body: { path: `${at}/s-`, data: null, acl: MIXED_ACL, flags: 2 } },
    { type: OpCode.createContainer, err: -1, body: { path: `${at}/box`, data: null, acl: OPEN_ACL_UNSAFE, flags: 4 } },
    { type: OpCode.create, err: -1, body: { path: `${at}/e`, data: null, acl: OPEN_ACL_UNSAFE, flags: 1 } },
    { type: OpCode.setData, err: -1, body: { path: at, data: Buffer.from('set'), version: 0 } },
    { type: OpCode.check, err: -1, body: { path: at, version: 1 } },
    { type: OpCode.delete, err: -1, body: { path: `${root}/many/9`, version: 0 } },
  ];
  const answer = await session.must(OpCode.multi, { ops });
  const failed = answer.results.find((result) => result.type === OpCode.error);
  if (failed !== undefined) throw new Error(`multi failed: ${JSON.stringify(answer)}`);
}

async function quota(session: RawSession, root: string): Promise<void> {
  const limited = `${root}/limited`;
  await make(session, limited, { data: Buffer.from('0123456789') });
  let path = '/zookeeper/quota';
  for (const name of limited.slice(1).split('/')) {
    path += `/${name}`;
    await session.request(OpCode.create, { path, data: null, acl: OPEN_ACL_UNSAFE, flags: 0 });
  }
  const limits = 'count=100,bytes=1000=;byteHardLimit=2000;countHardLimit=200';
  await make(session, `${path}/zookeeper_limits`, { data: Buffer.from(limits) });
  await make(session, `${path}/zookeeper_stats`, { data: Buffer.from('count=0,bytes=0') });
  await make(session, `${limited}/a`, { data: Buffer.from('01234') });
  await make(session, `${limited}/b`, { data: Buffer.from('01234') });
  await put(session, `${limited}/b`, '012');
}

/** Refused writes: they change nothing but take a zxid each, the last one of the run among them. */
async function refusals(session: RawSession, root: string): Promise<void> {
  const refused = await session.request(OpCode.delete, { path: `${root}/none`, version: -1 });
  if (refused.err !== ErrorCode.NONODE) throw new Error(`deleting nothing gave ${refused.err}`);
  const failing: MultiOp = { type: OpCode.check, err: -1, body: { path: root, version: 99 } };
  await session.must(OpCode.multi, { ops: [failing] });
  await session.request(OpCode.setData, { path: `${root}/bytes`, data: null, version: 99 });
}

/** Goes over what an earlier {@link furnish} left, so that older records are changed by newer ones of another server. */
export async function rework(session: RawSession, root: string): Promise<void> {
  await session.addAuth(OWNER);
  await put(session, `${root}/guarded`, 'reworked');
  await put(session, `${root}/limited/a`, 'reworked, and longer than before');
  await remove(session, `${root}/limited/b`);
  await make(session, `${root}/box/second`);
  await make(session, `${root}/s-`, { flags: CreateFlags.persistentSequential });
  await session.must(OpCode.setACL, { path: `${root}/guarded/open`, acl: MIXED_ACL, version: 0 });
  await remove(session, `${root}/deep/er/still`);
  await remove(session, `${root}/deep/er`);
  await remove(session, `${root}/e`);
  await make(session, `${root}/e`, { flags: CreateFlags.ephemeral });
}
