import type { Acl } from '../protocol/acl.js';
import { OPEN_ACL_UNSAFE } from '../protocol/acl.js';
import { CreateFlags, TTL_MAX_MS, isSequentialFlags, isTtlFlags } from '../protocol/create-mode.js';
import type { CreateTtlRequest } from '../protocol/create.js';
import { OpCode } from '../protocol/op-codes.js';
import { pathFault } from '../protocol/paths.js';
import { addChroot } from './chroot.js';
import { BadArgumentsError } from './errors.js';
import type { CreateMode, CreateSpec, NodeData } from './operation-types.js';

const flagsOfMode: Record<CreateMode, CreateFlags> = {
  persistent: CreateFlags.persistent,
  ephemeral: CreateFlags.ephemeral,
  'persistent-sequential': CreateFlags.persistentSequential,
  'ephemeral-sequential': CreateFlags.ephemeralSequential,
  container: CreateFlags.container,
  ttl: CreateFlags.persistentWithTtl,
  'ttl-sequential': CreateFlags.persistentSequentialWithTtl,
};

const VERSION_ANY = -1;
const INT32_MAX = 2 ** 31 - 1;

/** What goes on the wire to create a node: which operation, and its record (`ttl` is 0 where it means nothing). */
export interface CreateRequestOnWire {
  readonly op: typeof OpCode.create2 | typeof OpCode.createContainer | typeof OpCode.createTTL;
  readonly body: CreateTtlRequest;
}

/** The server's path for a view's; throws when it cannot be one. */
export function serverPath(chroot: string, path: string): string {
  const fault = typeof path === 'string' ? pathFault(path) : `the path ${String(path)} is not a string`;
  if (fault !== null) throw new BadArgumentsError({ message: fault, path: String(path) });
  return addChroot(chroot, path);
}

export function createRequest(
  chroot: string,
  node: { path: string; data: NodeData },
  spec: CreateSpec,
): CreateRequestOnWire {
  const { path } = node;
  const mode = spec.mode ?? 'persistent';
  const flags = flagsOfMode[mode];
  if (flags === undefined) throw new BadArgumentsError({ message: `create mode "${String(mode)}" is not known`, path });
  // The server appends digits before it looks at the name.
  serverPath('', isSequentialFlags(flags) ? `${path}0` : path);
  return {
    op: isTtlFlags(flags)
      ? OpCode.createTTL
      : flags === CreateFlags.container
        ? OpCode.createContainer
        : OpCode.create2,
    body: {
      path: addChroot(chroot, path),
      data: dataOf(node.data, path),
      acl: aclOf(spec.acl ?? OPEN_ACL_UNSAFE, path),
      flags,
      ttl: ttlOf(flags, spec.ttlMs, path),
    },
  };
}

export function dataOf(data: NodeData, path: string): Buffer | null {
  if (data === null) return null;
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  if (data instanceof Uint8Array) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  throw new BadArgumentsError({ message: `the data of ${path} is neither text nor bytes nor null`, path });
}

export function aclOf(acl: readonly Acl[], path: string): readonly Acl[] {
  if (acl.length > 0) return acl;
  throw new BadArgumentsError({ message: `the access control list of ${path} is empty`, path });
}

/** Frames say their length in 31 bits. */
export function answerBytesOf(bytes: number, path: string): number {
  if (Number.isInteger(bytes) && bytes >= 1 && bytes <= INT32_MAX) return bytes;
  const message = `answerBytesMax is ${bytes}; it must be a whole number from 1 to ${INT32_MAX}`;
  throw new BadArgumentsError({ message, path });
}

export function versionOf(version: number | undefined, path: string): number {
  if (version === undefined) return VERSION_ANY;
  if (Number.isInteger(version) && Math.abs(version) <= INT32_MAX + 1) return version;
  throw new BadArgumentsError({ message: `version ${version} of ${path} is not a 32-bit integer`, path });
}

export function czxidMaxOf(czxidMax: number | undefined, path: string): number | null {
  if (czxidMax === undefined) return null;
  if (czxidMax >= 0) return czxidMax;
  throw new BadArgumentsError({ message: `czxidMax ${czxidMax} of ${path} is not a number from 0`, path });
}

function ttlOf(flags: CreateFlags, ttlMs: number | undefined, path: string): bigint {
  if (!isTtlFlags(flags)) {
    if (ttlMs === undefined) return 0n;
    throw new BadArgumentsError({ message: `ttlMs of ${path} needs mode "ttl" or "ttl-sequential"`, path });
  }
  if (ttlMs !== undefined && Number.isInteger(ttlMs) && ttlMs >= 1 && ttlMs <= TTL_MAX_MS) return BigInt(ttlMs);
  throw new BadArgumentsError({ message: `ttlMs ${ttlMs} of ${path} is not an integer from 1 to ${TTL_MAX_MS}`, path });
}
