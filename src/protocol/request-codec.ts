import { addWatchCodec } from './add-watch.js';
import { authCodec } from './auth.js';
import { checkCodec } from './check.js';
import type { OpCodec } from './codec.js';
import { emptyCodec } from './codec.js';
import { create2Codec, createCodec, createTtlCodec } from './create.js';
import { deleteCodec } from './delete.js';
import { existsCodec } from './exists.js';
import { getAclCodec } from './get-acl.js';
import { getAllChildrenNumberCodec } from './get-all-children-number.js';
import { getChildren2Codec, getChildrenCodec } from './get-children.js';
import { getDataCodec } from './get-data.js';
import { getEphemeralsCodec } from './get-ephemerals.js';
import { multiCodec, multiReadCodec } from './multi.js';
import { OpCode } from './op-codes.js';
import { reconfigCodec } from './reconfig.js';
import { removeWatchesCodec } from './remove-watches.js';
import { saslCodec } from './sasl.js';
import { setAclCodec } from './set-acl.js';
import { setDataCodec } from './set-data.js';
import { setWatches2Codec, setWatchesCodec } from './set-watches.js';
import { syncCodec } from './sync.js';
import { whoAmICodec } from './who-am-i.js';

const none = { request: emptyCodec, response: emptyCodec };

/** Every operation a client may send, by op code: one place to find its request and its answer. */
export const requestCodecs = {
  [OpCode.create]: createCodec,
  [OpCode.delete]: deleteCodec,
  [OpCode.exists]: existsCodec,
  [OpCode.getData]: getDataCodec,
  [OpCode.setData]: setDataCodec,
  [OpCode.getACL]: getAclCodec,
  [OpCode.setACL]: setAclCodec,
  [OpCode.getChildren]: getChildrenCodec,
  [OpCode.sync]: syncCodec,
  [OpCode.ping]: none,
  [OpCode.getChildren2]: getChildren2Codec,
  [OpCode.check]: checkCodec,
  [OpCode.multi]: multiCodec,
  [OpCode.create2]: create2Codec,
  [OpCode.reconfig]: reconfigCodec,
  [OpCode.checkWatches]: removeWatchesCodec,
  [OpCode.removeWatches]: removeWatchesCodec,
  [OpCode.createContainer]: create2Codec,
  [OpCode.deleteContainer]: deleteCodec,
  [OpCode.createTTL]: createTtlCodec,
  [OpCode.multiRead]: multiReadCodec,
  [OpCode.auth]: authCodec,
  [OpCode.setWatches]: setWatchesCodec,
  [OpCode.sasl]: saslCodec,
  [OpCode.getEphemerals]: getEphemeralsCodec,
  [OpCode.getAllChildrenNumber]: getAllChildrenNumberCodec,
  [OpCode.setWatches2]: setWatches2Codec,
  [OpCode.addWatch]: addWatchCodec,
  [OpCode.whoAmI]: whoAmICodec,
  [OpCode.closeSession]: none,
} as const;

/** An op code that a client may send. */
export type RequestOp = keyof typeof requestCodecs;
/** The request's record of an op code. */
export type RequestOf<Op extends RequestOp> =
  (typeof requestCodecs)[Op] extends OpCodec<infer Request, infer _> ? Request : never;
/** The record of the answer to an op code, when its err is 0. */
export type ResponseOf<Op extends RequestOp> =
  (typeof requestCodecs)[Op] extends OpCodec<infer _, infer Response> ? Response : never;

/** The codecs of an op code read off the wire; null when no client may send it. */
export function codecOf(code: number): OpCodec<unknown, unknown> | null {
  return (requestCodecs as unknown as Record<number, OpCodec<unknown, unknown>>)[code] ?? null;
}
