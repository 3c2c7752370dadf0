import { OpCode } from '../../protocol/op-codes.js';

/** How a request goes through the server. */
export const RequestKind = {
  /** No client may send it: answered UNIMPLEMENTED, then the connection is closed. */
  unknown: 0,
  read: 1,
  /** Becomes a transaction. */
  write: 2,
  /** Answered by the network layer at once, before anything queued (client-protocol 3.4). */
  network: 3,
  /** Answered when this server has caught up with the leader. */
  sync: 4,
} as const;
export type RequestKind = (typeof RequestKind)[keyof typeof RequestKind];

const writes: readonly number[] = [
  OpCode.create,
  OpCode.create2,
  OpCode.createContainer,
  OpCode.createTTL,
  OpCode.delete,
  OpCode.deleteContainer,
  OpCode.setData,
  OpCode.setACL,
  OpCode.multi,
  OpCode.reconfig,
  OpCode.closeSession,
];

const reads: readonly number[] = [
  OpCode.exists,
  OpCode.getData,
  OpCode.getACL,
  OpCode.getChildren,
  OpCode.getChildren2,
  OpCode.ping,
  OpCode.checkWatches,
  OpCode.removeWatches,
  OpCode.multiRead,
  OpCode.setWatches,
  OpCode.setWatches2,
  OpCode.getEphemerals,
  OpCode.getAllChildrenNumber,
  OpCode.addWatch,
  OpCode.whoAmI,
];

/** Op codes a table has room for; closeSession, -11, is the least. */
const TYPE_MIN = -16;
const TYPES = 128;

const kinds = /* @__PURE__ */ (() => {
  const table: RequestKind[] = new Array<RequestKind>(TYPES).fill(RequestKind.unknown);
  for (const type of writes) table[type - TYPE_MIN] = RequestKind.write;
  for (const type of reads) table[type - TYPE_MIN] = RequestKind.read;
  for (const type of [OpCode.auth, OpCode.sasl]) table[type - TYPE_MIN] = RequestKind.network;
  table[OpCode.sync - TYPE_MIN] = RequestKind.sync;
  return table;
})();

/**
 * `check` outside a multi and createSession are no requests of clients, whatever older servers did with them
 * (client-protocol 5.3).
 */
export function requestKind(type: number): RequestKind {
  return kinds[type - TYPE_MIN] ?? RequestKind.unknown;
}

/** Four letters for `cons`: what a link did last. */
export function shortOpName(type: number): string {
  return shortNameTable[type - TYPE_MIN] ?? 'NA';
}

const shortNames: readonly (readonly [number, string])[] = [
  [OpCode.create, 'CREA'],
  [OpCode.create2, 'CREA'],
  [OpCode.createContainer, 'CREA'],
  [OpCode.createTTL, 'CREA'],
  [OpCode.delete, 'DELE'],
  [OpCode.deleteContainer, 'DELE'],
  [OpCode.exists, 'EXIS'],
  [OpCode.getData, 'GETD'],
  [OpCode.setData, 'SETD'],
  [OpCode.getACL, 'GETA'],
  [OpCode.setACL, 'SETA'],
  [OpCode.getChildren, 'GETC'],
  [OpCode.getChildren2, 'GETC'],
  [OpCode.sync, 'SYNC'],
  [OpCode.ping, 'PING'],
  [OpCode.multi, 'MULT'],
  [OpCode.multiRead, 'MULR'],
  [OpCode.reconfig, 'RECO'],
  [OpCode.checkWatches, 'CHKW'],
  [OpCode.removeWatches, 'REMW'],
  [OpCode.setWatches, 'SETW'],
  [OpCode.setWatches2, 'STW2'],
  [OpCode.addWatch, 'ADDW'],
  [OpCode.auth, 'AUTH'],
  [OpCode.sasl, 'SASL'],
  [OpCode.getEphemerals, 'GETE'],
  [OpCode.getAllChildrenNumber, 'GACN'],
  [OpCode.whoAmI, 'WHOM'],
  [OpCode.closeSession, 'CLOS'],
];

const shortNameTable = /* @__PURE__ */ (() => {
  const table = new Array<string>(TYPES).fill('NA');
  for (const [type, name] of shortNames) table[type - TYPE_MIN] = name;
  return table;
})();
