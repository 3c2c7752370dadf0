import type { JuteReader } from '../protocol/jute-reader.js';
import { OpCode } from '../protocol/op-codes.js';
import type { Stat } from '../protocol/stat.js';
import { readStat } from '../protocol/stat.js';
import type { Call } from './call.js';
import { stripChroot } from './chroot.js';
import { operationOf } from './operation.js';
import type { ChildrenResult, CreateResult, DataResult, ExistsResult } from './operation-types.js';

/**
 * The operations that programs call all the time. Each makes what its caller gets straight from the bytes of the answer:
 * the promise of the call is the caller's own, and nothing is awaited or copied on the way.
 */
export const operations = {
  getData: { ...operationOf(OpCode.getData, readData), kind: 'data' },
  exists: {
    ...operationOf(OpCode.exists, readExists),
    kind: 'exists',
    missing: (call: Call) => existsResult(null, call),
  },
  getChildren: { ...operationOf(OpCode.getChildren2, readChildren), kind: 'children' },
  setData: operationOf(OpCode.setData, readStat),
  setAcl: operationOf(OpCode.setACL, readStat),
  delete: operationOf(OpCode.delete, readNothing),
} as const;

/** By what kind of node is to be created. */
export const createOperations = {
  [OpCode.create2]: operationOf(OpCode.create2, readCreated),
  [OpCode.createContainer]: operationOf(OpCode.createContainer, readCreated),
  [OpCode.createTTL]: operationOf(OpCode.createTTL, readCreated),
} as const;

function readData(reader: JuteReader, { intent }: Call): DataResult {
  const data = reader.pooledBuffer();
  const stat = readStat(reader);
  return intent === null ? { data, stat } : { data, stat, watch: intent.watch };
}

function readExists(reader: JuteReader, call: Call): ExistsResult {
  return existsResult(readStat(reader), call);
}

function existsResult(stat: Stat | null, { intent }: Call): ExistsResult {
  return intent === null ? { stat } : { stat, watch: intent.watch };
}

function readChildren(reader: JuteReader, { intent }: Call): ChildrenResult {
  const children = reader.texts() ?? [];
  const stat = readStat(reader);
  return intent === null ? { children, stat } : { children, stat, watch: intent.watch };
}

function readCreated(reader: JuteReader, { chroot }: Call): CreateResult {
  const path = stripChroot(chroot, reader.ustring() ?? '');
  return { path, stat: readStat(reader) };
}

function readNothing(): void {
  // The header said all.
}
