import type { JuteReader, JuteWriter, MultiOp } from '../../../src/protocol/index.js';
import { codecOf, OpCode, opName } from '../../../src/protocol/index.js';
import { bigintOf, bufferOf, hex64, hexOf, listOf, objectOf } from './quorum-scalars.js';
import type { Json, JsonObject } from './vector-rows.js';

/** A forwarded request's record in the JSON form of the recordings. */
export function requestJson(reader: JuteReader, opcode: number): Json {
  if (opcode === OpCode.closeSession) return null;
  if (opcode === OpCode.createSession) return { timeOut: reader.int32() };
  return recordJson(opcode, requestCodec(opcode).read(reader) as object);
}

export function writeRequestJson(writer: JuteWriter, opcode: number, json: Json): void {
  if (opcode === OpCode.closeSession) return;
  if (opcode === OpCode.createSession) writer.int32(objectOf(json)['timeOut'] as number);
  else requestCodec(opcode).write(writer, recordOf(opcode, objectOf(json)));
}

function requestCodec(opcode: number) {
  const codec = codecOf(opcode);
  if (codec === null) throw new Error(`nobody forwards requests of type ${opcode}`);
  return codec.request;
}

function recordJson(opcode: number, record: object): JsonObject {
  if (opcode !== OpCode.multi) return fieldsJson(record);
  const { ops } = record as { ops: readonly MultiOp[] };
  return { ops: ops.map(({ type, body }) => ({ type, op: opName(type), request: fieldsJson(body) })) };
}

function recordOf(opcode: number, json: JsonObject): unknown {
  if (opcode !== OpCode.multi) return fieldsOf(json);
  const ops = listOf(json['ops']);
  return { ops: ops.map((op) => ({ type: op['type'], err: -1, body: fieldsOf(objectOf(op['request'])) })) };
}

function fieldsJson(record: object): JsonObject {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, fieldJson(key, value)]));
}

function fieldJson(key: string, value: unknown): Json {
  if (Buffer.isBuffer(value)) return hexOf(value);
  if (typeof value === 'bigint') return key === 'ttl' ? String(value) : hex64(value);
  return value as Json;
}

function fieldsOf(json: JsonObject): unknown {
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, fieldOf(key, value)]));
}

function fieldOf(key: string, value: Json): unknown {
  if (key === 'data') return bufferOf(value);
  if (key === 'ttl' || key === 'curConfigId') return bigintOf(value);
  return value;
}
