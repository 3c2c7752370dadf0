import type { MultiOp, MultiResult } from '../../../src/protocol/index.js';
import {
  codecOf,
  connectRequestCodec,
  connectResponseCodec,
  emptyCodec,
  errorName,
  EventType,
  JuteReader,
  JuteWriter,
  MarshallingError,
  OpCode,
  opName,
  replyHeaderCodec,
  requestHeaderCodec,
  watcherEventCodec,
} from '../../../src/protocol/index.js';
import type { Codec } from '../../../src/protocol/index.js';
import type { Decoded, Json, JsonObject } from './vector-rows.js';

/** Fields that protocol records hold as doubles although they are 64 bits wide: JSON shows those as strings. */
const LONG_FIELDS = new Set(['zxid', 'czxid', 'mzxid', 'pzxid', 'ctime', 'mtime']);
const BIGINT_FIELDS = new Set(['lastZxidSeen', 'sessionId', 'relativeZxid', 'ttl', 'ephemeralOwner', 'curConfigId']);
const BUFFER_FIELDS = new Set(['data', 'passwd', 'auth', 'token']);
const MULTI_OPS = new Set<number>([OpCode.multi, OpCode.multiRead]);
/** The ops whose error replies were seen to carry a body. */
const BODIED_ERRORS = new Set<number>([OpCode.multi, OpCode.multiRead, OpCode.sasl]);

const EVENT_NAMES = new Map<number, string>(
  Object.entries(EventType).map(([name, type]) => [type, `${name[0]?.toUpperCase()}${name.slice(1)}`]),
);

const OP_CODES = new Map<string, number>(Object.entries(OpCode));

/** The op code behind a name of the recordings; null for a name that no request has. */
export function opCodeOf(name: string | null | undefined): number | null {
  return typeof name === 'string' ? (OP_CODES.get(name) ?? null) : null;
}

/**
 * Decodes a whole frame (length prefix included) with the product's codecs into the JSON shape of the recordings.
 * What a frame is (and to which op a reply belongs) is no matter of its bytes, so it is taken from `like`.
 * Throws MarshallingError for bytes that are not such a record.
 */
export function decodeFrame(frame: Buffer, like: Pick<Decoded, 'record' | 'op'>): Decoded {
  const reader = new JuteReader(frame, 4);
  const decoded = decodeRecord(reader, like);
  return reader.remaining === 0 ? decoded : { ...decoded, trailing: frame.toString('hex', reader.pos) };
}

function decodeRecord(reader: JuteReader, like: Pick<Decoded, 'record' | 'op'>): Decoded {
  switch (like.record) {
    case 'ConnectRequest':
      return { record: 'ConnectRequest', body: toJson(connectRequestCodec.read(reader)) };
    case 'ConnectResponse':
      return { record: 'ConnectResponse', body: toJson(connectResponseCodec.read(reader)) };
    case 'Request':
    case 'Malformed':
      return decodeRequest(reader);
    case 'Reply':
      return decodeReply(reader, like.op ?? null);
    case 'Notification':
      return decodeNotification(reader);
  }
}

function decodeRequest(reader: JuteReader): Decoded {
  const header = requestHeaderCodec.read(reader);
  const codec = codecOf(header.type);
  const request = { record: 'Request', header: toJson(header), op: opName(header.type) } as const;
  return codec === null ? request : { ...request, body: opBody(header.type, reader, codec.request) };
}

function decodeReply(reader: JuteReader, op: string | null): Decoded {
  const header = replyHeaderCodec.read(reader);
  const reply = { record: 'Reply', header: toJson(header), err: errorName(header.err) ?? '?', op } as const;
  const code = opCodeOf(op);
  const codec = code === null ? null : codecOf(code);
  if (code === null || codec === null || codec.response === emptyCodec) return reply;
  if (header.err !== 0 && (reader.remaining === 0 || !BODIED_ERRORS.has(code))) return reply;
  return { ...reply, body: opBody(code, reader, codec.response) };
}

function decodeNotification(reader: JuteReader): Decoded {
  const header = replyHeaderCodec.read(reader);
  const event = watcherEventCodec.read(reader);
  return {
    record: 'Notification',
    header: toJson(header),
    err: errorName(header.err) ?? '?',
    body: toJson(event),
    event: EVENT_NAMES.get(event.type) ?? null,
  };
}

function opBody(code: number, reader: JuteReader, codec: Codec<unknown>): JsonObject {
  const value = codec.read(reader) as object;
  return MULTI_OPS.has(code) ? multiToJson(value) : toJson(value);
}

interface MultiRecord {
  readonly ops?: readonly MultiOp[];
  readonly results?: readonly MultiResult[];
  readonly endErr?: number;
}

function multiToJson(multi: MultiRecord): JsonObject {
  const list = (multi.ops ?? multi.results ?? []).map(({ type, err, body }) => ({
    header: { type, done: false, err },
    op: opName(type),
    body: toJson(body),
    ...('err' in body ? { errName: errorName(body.err) } : {}),
  }));
  const end = { type: -1, done: true, err: multi.endErr ?? -1 };
  return multi.ops === undefined ? { results: list, end } : { ops: list, end };
}

function toJson(record: object): JsonObject {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, valueToJson(key, value)]));
}

function valueToJson(key: string, value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return LONG_FIELDS.has(key) ? String(value) : value;
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (Array.isArray(value)) return value.map((item) => valueToJson('', item));
  return toJson(value as object);
}

/** The inverse of {@link decodeFrame}: the whole frame, length prefix included. */
export function encodeFrame(decoded: Decoded): Buffer {
  const writer = new JuteWriter();
  const lengthAt = writer.beginFrame();
  switch (decoded.record) {
    case 'ConnectRequest':
      connectRequestCodec.write(writer, fromJson(decoded.body));
      break;
    case 'ConnectResponse':
      connectResponseCodec.write(writer, fromJson(decoded.body));
      break;
    case 'Request':
      requestHeaderCodec.write(writer, fromJson(decoded.header));
      encodeBody(writer, decoded, 'request');
      break;
    case 'Reply':
      replyHeaderCodec.write(writer, fromJson(decoded.header));
      encodeBody(writer, decoded, 'response');
      break;
    case 'Notification':
      replyHeaderCodec.write(writer, fromJson(decoded.header));
      watcherEventCodec.write(writer, fromJson(decoded.body));
      break;
    case 'Malformed':
      throw new MarshallingError('a malformed frame has no encoding');
  }
  if (decoded.trailing !== undefined) writer.bytes(Buffer.from(decoded.trailing, 'hex'));
  return writer.endFrame(lengthAt).take();
}

function encodeBody(writer: JuteWriter, decoded: Decoded, side: 'request' | 'response'): void {
  const code = opCodeOf(decoded.op);
  const codec = code === null ? null : codecOf(code);
  if (code === null || codec === null || decoded.body === undefined) return;
  codec[side].write(writer, MULTI_OPS.has(code) ? multiFromJson(decoded.body) : fromJson(decoded.body));
}

interface HeadedJson {
  readonly header: { readonly type: number; readonly err: number };
  readonly body: JsonObject;
}

function multiFromJson(body: JsonObject): unknown {
  const { ops, results, end } = body as unknown as {
    ops?: readonly HeadedJson[];
    results?: readonly HeadedJson[];
    end: { err: number };
  };
  const list = (ops ?? results ?? []).map((item) => ({ ...item.header, body: fromJson(item.body) }));
  return ops === undefined ? { results: list } : { ops: list, endErr: end.err };
}

/** The record behind its JSON form; which record that is the caller knows. */
function fromJson<T>(json: JsonObject | null | undefined): T {
  const entries = Object.entries(json ?? {}).map(([key, value]) => [key, valueFromJson(key, value)]);
  return Object.fromEntries(entries) as T;
}

function valueFromJson(key: string, value: Json): unknown {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    if (BIGINT_FIELDS.has(key)) return BigInt(value);
    if (LONG_FIELDS.has(key)) return Number(value);
    return BUFFER_FIELDS.has(key) ? Buffer.from(value, 'hex') : value;
  }
  if (Array.isArray(value)) return value.map((item: Json) => valueFromJson('', item));
  return fromJson(value as JsonObject);
}
