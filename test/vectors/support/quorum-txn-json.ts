import type { JuteReader, JuteWriter, Txn, TxnDigest, TxnHeader, Zxid } from '../../../src/protocol/index.js';
import {
  OpCode,
  opName,
  readTxn,
  readTxnDigest,
  readTxnHeader,
  writeTxn,
  writeTxnDigest,
  writeTxnHeader,
} from '../../../src/protocol/index.js';
import { bigintOf, bufferOf, hex64, hexOf, listOf, numberOf, objectOf } from './quorum-scalars.js';
import type { Json, JsonObject } from './vector-rows.js';

/** A proposed transaction in the JSON form of the recordings. */
export function entryJson(reader: JuteReader): JsonObject {
  const header = readTxnHeader(reader);
  const txn = readTxn(reader, header.type);
  const digest = readTxnDigest(reader);
  return { hdr: headerJson(header), op: nameOf(header.type), txn: txnJson(txn), digest: digestJson(digest) };
}

export function writeEntryJson(writer: JuteWriter, json: JsonObject): void {
  const header = headerOf(objectOf(json['hdr']));
  writeTxnHeader(writer, header);
  writeTxn(writer, txnOf(header.type, json['txn']));
  if (json['digest'] !== null) writeTxnDigest(writer, digestOf(objectOf(json['digest'])));
}

function headerJson({ clientId, cxid, zxid, timeMs, type }: TxnHeader): JsonObject {
  return { clientId: hex64(clientId), cxid, zxid: hex64(zxid), time: String(timeMs), type };
}

function headerOf(json: JsonObject): TxnHeader {
  return {
    clientId: bigintOf(json['clientId']),
    cxid: json['cxid'] as number,
    zxid: numberOf(json['zxid']) as Zxid,
    timeMs: numberOf(json['time']),
    type: json['type'] as number,
  };
}

function digestJson(digest: TxnDigest | null): Json {
  return digest === null ? null : { version: digest.version, treeDigest: hex64(digest.digest) };
}

function digestOf(json: JsonObject): TxnDigest {
  return { version: json['version'] as number, digest: bigintOf(json['treeDigest']) };
}

function nameOf(type: number): Json {
  return type === OpCode.error ? 'error' : opName(type);
}

function txnJson(txn: Txn): Json {
  if (txn.type === OpCode.closeSession) return txn.paths === null ? null : { paths2Delete: txn.paths };
  if (txn.type === OpCode.multi) {
    return { txns: txn.txns.map((sub) => ({ type: sub.type, op: nameOf(sub.type), txn: txnJson(sub) })) };
  }
  const { type: _type, ...fields } = txn;
  return Object.fromEntries(Object.entries(fields).map(fieldJson));
}

function fieldJson([key, value]: [string, unknown]): [string, Json] {
  if (key === 'ttlMs') return ['ttl', String(value)];
  return [key, Buffer.isBuffer(value) ? hexOf(value) : (value as Json)];
}

function txnOf(type: number, json: Json | undefined): Txn {
  if (type === OpCode.closeSession) {
    const paths = json === null ? null : (objectOf(json)['paths2Delete'] as readonly string[]);
    return { type, paths };
  }
  if (type === OpCode.multi) {
    const subs = listOf(objectOf(json)['txns']);
    return { type, txns: subs.map((sub) => txnOf(sub['type'] as number, sub['txn'])) };
  }
  return { type, ...Object.fromEntries(Object.entries(objectOf(json)).map(fieldOf)) } as Txn;
}

function fieldOf([key, value]: [string, Json]): [string, unknown] {
  if (key === 'ttl') return ['ttlMs', numberOf(value)];
  return [key, key === 'data' ? bufferOf(value) : value];
}
