import { TTL_MAX_MS } from '../../protocol/create-mode.js';

/** What a znode's stored owner field says it is (client-protocol 4.5). */
export const NodeKind = { persistent: 0, ephemeral: 1, container: 2, ttl: 3 } as const;
export type NodeKind = (typeof NodeKind)[keyof typeof NodeKind];

/** The stored owner of every container, as a signed 64-bit number. */
export const CONTAINER_OWNER = BigInt.asIntN(64, 0x8000_0000_0000_0000n);

const TTL_MARK = BigInt.asIntN(64, 0xff00_0000_0000_0000n);
const TTL_MASK = 0xff_ffff_ffffn;
/** Owners whose top byte is 0xff lie between -2^56 and -1. */
const TTL_OWNER_MIN = -(2n ** 56n);

/** The stored owner of a node that lives `ttlMs` (1..TTL_MAX_MS) after its last change. */
export function ttlOwner(ttlMs: number): bigint {
  if (!(ttlMs >= 1 && ttlMs <= TTL_MAX_MS)) throw new RangeError(`ttlMs ${ttlMs} is outside 1..${TTL_MAX_MS}`);
  return TTL_MARK | BigInt(ttlMs);
}

/** Inverse of {@link ttlOwner}. */
export function ttlMsOf(owner: bigint): number {
  return Number(owner & TTL_MASK);
}

/** Without extended types a 0xff.. owner is an ordinary session (storage-format 3.2). */
export function nodeKindOf(owner: bigint, extendedTypesEnabled: boolean): NodeKind {
  if (owner === 0n) return NodeKind.persistent;
  if (owner === CONTAINER_OWNER) return NodeKind.container;
  if (extendedTypesEnabled && owner < 0n && owner >= TTL_OWNER_MIN) return NodeKind.ttl;
  return NodeKind.ephemeral;
}
