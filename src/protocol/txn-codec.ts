import { aclListCodec } from './acl.js';
import { MarshallingError } from './errors.js';
import { JuteReader, readUstring } from './jute-reader.js';
import type { JuteWriter } from './jute-writer.js';
import { writeUstring } from './jute-writer.js';
import { OpCode } from './op-codes.js';
import type { CloseSessionTxn, CreateTxn, MultiTxn, Txn, TxnDigest, TxnHeader } from './txn.js';

const DIGEST_BYTES = 12;

/** long clientId, int cxid, long zxid, long time (epoch ms), int type */
export function readTxnHeader(reader: JuteReader): TxnHeader {
  return {
    clientId: reader.int64(),
    cxid: reader.int32(),
    zxid: reader.zxid(),
    timeMs: reader.long(),
    type: reader.int32(),
  };
}

/** Inverse of {@link readTxnHeader}. */
export function writeTxnHeader(writer: JuteWriter, header: TxnHeader): void {
  writer.int64(header.clientId).int32(header.cxid).long(header.zxid).long(header.timeMs).int32(header.type);
}

/** Reads what follows a header, up to the digest. Throws {@link MarshallingError}, also for an unknown type. */
export function readTxn(reader: JuteReader, type: number): Txn {
  switch (type) {
    case OpCode.create:
    case OpCode.create2:
      return readCreate(reader, type);
    case OpCode.createContainer:
      return {
        type,
        path: path(reader),
        data: reader.pooledBuffer(),
        acl: aclListCodec.read(reader),
        parentCVersion: reader.int32(),
      };
    case OpCode.createTTL:
      return {
        type,
        path: path(reader),
        data: reader.pooledBuffer(),
        acl: aclListCodec.read(reader),
        parentCVersion: reader.int32(),
        ttlMs: reader.long(),
      };
    case OpCode.delete:
    case OpCode.deleteContainer:
      return { type, path: path(reader) };
    case OpCode.setData:
    case OpCode.reconfig:
      return { type, path: path(reader), data: reader.pooledBuffer(), version: reader.int32() };
    case OpCode.setACL:
      return { type, path: path(reader), acl: aclListCodec.read(reader), version: reader.int32() };
    case OpCode.check:
      return { type, path: path(reader), version: reader.int32() };
    case OpCode.multi:
      return readMulti(reader);
    case OpCode.createSession:
      return { type, timeOut: reader.int32() };
    case OpCode.closeSession:
      return readCloseSession(reader);
    case OpCode.error:
      return { type, err: reader.int32() };
    default:
      throw new MarshallingError(`transaction type ${type} is unknown`);
  }
}

/** Inverse of {@link readTxn}, but for a create2 inside a multi, which goes out as create. Writes no header. */
export function writeTxn(writer: JuteWriter, txn: Txn): void {
  switch (txn.type) {
    case OpCode.create:
    case OpCode.create2:
      writer.ustring(txn.path).buffer(txn.data);
      aclListCodec.write(writer, txn.acl);
      writer.bool(txn.ephemeral).int32(txn.parentCVersion);
      return;
    case OpCode.createContainer:
    case OpCode.createTTL:
      writer.ustring(txn.path).buffer(txn.data);
      aclListCodec.write(writer, txn.acl);
      writer.int32(txn.parentCVersion);
      if (txn.type === OpCode.createTTL) writer.long(txn.ttlMs);
      return;
    case OpCode.delete:
    case OpCode.deleteContainer:
      writer.ustring(txn.path);
      return;
    case OpCode.setData:
    case OpCode.reconfig:
      writer.ustring(txn.path).buffer(txn.data).int32(txn.version);
      return;
    case OpCode.setACL:
      writer.ustring(txn.path);
      aclListCodec.write(writer, txn.acl);
      writer.int32(txn.version);
      return;
    case OpCode.check:
      writer.ustring(txn.path).int32(txn.version);
      return;
    case OpCode.multi:
      writer.vector(txn.txns, writeSubTxn);
      return;
    case OpCode.createSession:
      writer.int32(txn.timeOut);
      return;
    case OpCode.closeSession:
      if (txn.paths !== null) writer.vector(txn.paths, writeUstring);
      return;
    case OpCode.error:
      writer.int32(txn.err);
  }
}

/** What is left after a body: a digest or nothing. */
export function readTxnDigest(reader: JuteReader): TxnDigest | null {
  if (reader.remaining === 0) return null;
  if (reader.remaining !== DIGEST_BYTES) {
    throw new MarshallingError(`${reader.remaining} bytes follow a transaction, not 0 or ${DIGEST_BYTES}`);
  }
  return { version: reader.int32(), digest: BigInt.asUintN(64, reader.int64()) };
}

/** int version, long digest */
export function writeTxnDigest(writer: JuteWriter, digest: TxnDigest): void {
  writer.int32(digest.version).int64(digest.digest);
}

function path(reader: JuteReader): string {
  const value = reader.ustring();
  if (value === null) throw new MarshallingError(`a transaction's path is null at byte ${reader.pos}`);
  return value;
}

/** Very old records end after `ephemeral`. */
function readCreate(reader: JuteReader, type: CreateTxn['type']): CreateTxn {
  return {
    type,
    path: path(reader),
    data: reader.pooledBuffer(),
    acl: aclListCodec.read(reader),
    ephemeral: reader.bool(),
    parentCVersion: reader.remaining >= 4 ? reader.int32() : -1,
  };
}

function readMulti(reader: JuteReader): MultiTxn {
  const txns = reader.vector((item) => {
    const type = item.int32();
    const body = item.bufferView();
    if (body === null) throw new MarshallingError(`a multi's transaction of type ${type} has no body`);
    // None is ever written, and the nesting of a damaged record must not become ours.
    if (type === OpCode.multi) throw new MarshallingError('a multi lies inside a multi');
    return readTxn(new JuteReader(body), type);
  });
  return { type: OpCode.multi, txns: txns ?? [] };
}

/**
 * A create2 goes in as a create, whose record and effect are the same: Apache 3.8.0 writes it so, and when it finds the
 * other type inside a multi it silently drops the whole multi from its tree.
 */
function writeSubTxn(writer: JuteWriter, txn: Txn): void {
  writer.int32(txn.type === OpCode.create2 ? OpCode.create : txn.type);
  const lengthAt = writer.beginFrame();
  writeTxn(writer, txn);
  writer.endFrame(lengthAt);
}

/** Paths then digest, paths alone, a digest alone, or nothing: only the fit tells (quorum-protocol 5, rule 3). */
function readCloseSession(reader: JuteReader): CloseSessionTxn {
  const start = reader.pos;
  if (reader.remaining === 0) return { type: OpCode.closeSession, paths: null };
  try {
    const paths = reader.vector(readUstring);
    if (reader.remaining === 0 || reader.remaining === DIGEST_BYTES) {
      return { type: OpCode.closeSession, paths: (paths ?? []).filter((each) => each !== null) };
    }
  } catch (error) {
    if (!(error instanceof MarshallingError)) throw error;
  }
  reader.pos = start;
  if (reader.remaining === DIGEST_BYTES) return { type: OpCode.closeSession, paths: null };
  throw new MarshallingError(`the body of a closeSession transaction at byte ${start} fits no known form`);
}
