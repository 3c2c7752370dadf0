import { ErrorCode } from '../../../src/protocol/error-codes.js';
import { EventType, Xid } from '../../../src/protocol/event.js';
import { JuteWriter } from '../../../src/protocol/jute-writer.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { connectResponseCodec } from '../../../src/protocol/connect.js';
import type { ConnectResponse } from '../../../src/protocol/connect.js';
import type { SeededRandom } from '../../support/seeded-random.js';
import { anyBytes, anyInt, flipped, framed, shortened, withNastyInt } from './damage.js';
import { anyRecordedBody, recordedBody, recordedHandshake, recordedNotification } from './recorded-answers.js';

/** What is drawn for one answer or one handshake: which kind, and all chance in it. */
export interface Draw {
  readonly kind: number;
  readonly salt: number;
}

export interface Asked {
  readonly xid: number;
  readonly op: number;
}

/** Bytes to send, or what else a server may do. */
export type Deed = Buffer | 'silence' | 'hangUp';

/** Known to the client or not. */
export const PATHS = ['/a', '/a/b', '/c', '/', '/well'];
const KNOWN_CODES: readonly number[] = Object.values(ErrorCode).filter((code) => code !== ErrorCode.OK);
const DEMANDS_AUTH: readonly number[] = [ErrorCode.SESSIONCLOSEDREQUIRESASLAUTH];
const MILD_CODES = KNOWN_CODES.filter((code) => !DEMANDS_AUTH.includes(code));
const EVENT_TYPES = [...Object.values(EventType), 0, 5, 99, -7];

type Maker = (asked: Asked, random: SeededRandom) => Deed;

/** From harmless to worse: what shrinks becomes more harmless. */
const MAKERS: readonly Maker[] = [
  ({ xid, op }, random) => reply(xid, recordedBody(op, random)),
  ({ xid, op }, random) => reply(xid, recordedBody(op, random)),
  ({ xid }, random) => refusal(xid, random.pick(MILD_CODES)),
  ({ xid }, random) => refusal(xid, anyInt(random)),
  ({ xid }, random) => reply(xid, anyRecordedBody(random)),
  ({ xid, op }, random) => reply(xid, flipped(recordedBody(op, random), random)),
  ({ xid, op }, random) => reply(xid, withNastyInt(recordedBody(op, random), random)),
  ({ xid, op }, random) => reply(xid, shortened(recordedBody(op, random), random)),
  ({ xid, op }, random) => reply(xid, Buffer.concat([recordedBody(op, random), anyBytes(random, 40)])),
  ({ xid, op }, random) => Buffer.concat([event(random), reply(xid, recordedBody(op, random))]),
  ({ xid, op }, random) => Buffer.concat([framed(recordedNotification(random)), reply(xid, recordedBody(op, random))]),
  ({ xid, op }, random) => Buffer.concat([unasked(random), reply(xid, recordedBody(op, random))]),
  ({ xid, op }, random) => reply(xid, recordedBody(op, random), anyLong(random)),
];

/** What costs the connection: drawn seldom, or each would end before anything has happened on it. */
const FATAL_MAKERS: readonly Maker[] = [
  () => 'hangUp',
  () => 'silence',
  ({ xid, op }, random) => reply(xid + 1 + random.below(5), recordedBody(op, random)),
  ({ op }, random) => reply(anyInt(random), recordedBody(op, random)),
  ({ xid, op }, random) => Buffer.concat([reply(xid, recordedBody(op, random)), reply(xid, recordedBody(op, random))]),
  ({ xid, op }, random) => withLength(reply(xid, recordedBody(op, random)), anyInt(random)),
  ({ xid, op }, random) => shortened(reply(xid, recordedBody(op, random)), random),
  ({ xid, op }, random) => flipped(reply(xid, recordedBody(op, random)), random),
  (_, random) => framed(flipped(recordedNotification(random), random)),
  (_, random) => framed(shortened(recordedNotification(random), random)),
  (_, random) => framed(anyBytes(random, 60)),
  (_, random) => anyBytes(random, 60),
  (_, random) => framed(recordedHandshake(random)),
];

/** One of so many draws is fatal, one of so many ends the client by asking for credentials it does not have. */
const FATAL_EVERY = 15;
const LAST_EVERY = 600;

export const ANSWER_KINDS = MAKERS.length * LAST_EVERY;

export function answerTo(asked: Asked, { kind, salt }: Draw, random: SeededRandom): Deed {
  if (kind >= ANSWER_KINDS - MAKERS.length) return refusal(asked.xid, random.pick(DEMANDS_AUTH));
  const makers = kind >= ANSWER_KINDS - ANSWER_KINDS / FATAL_EVERY ? FATAL_MAKERS : MAKERS;
  return makers[(kind + (makers === FATAL_MAKERS ? salt : 0)) % makers.length]?.(asked, random) ?? 'silence';
}

export interface SessionAsked {
  readonly sessionId: bigint;
  readonly timeoutMs: number;
}

type Greeting = (asked: SessionAsked, random: SeededRandom) => Deed;

const GREETINGS: readonly Greeting[] = [
  (asked) => accepted(asked),
  (asked) => accepted(asked),
  (asked) => accepted(asked, { readOnly: true }),
  (asked) => accepted(asked, { readOnly: 'absent' }),
  () => refused(),
  () => 'hangUp',
  () => 'silence',
  (asked, random) => accepted(asked, { sessionId: BigInt(anyInt(random)) }),
  (asked, random) => accepted(asked, { timeOut: anyInt(random) }),
  (asked, random) => accepted(asked, { timeOut: 1 + random.below(50) }),
  (asked, random) => accepted(asked, { passwd: random.chance(0.5) ? null : anyBytes(random, 200) }),
  (asked, random) => Buffer.concat([accepted(asked), framed(anyBytes(random, 30))]),
  (_, random) => framed(recordedHandshake(random)),
  (_, random) => framed(flipped(recordedHandshake(random), random)),
  (_, random) => framed(shortened(recordedHandshake(random), random)),
  (_, random) => withLength(framed(recordedHandshake(random)), anyInt(random)),
  (_, random) => framed(anyBytes(random, 60)),
  (_, random) => anyBytes(random, 60),
  (_, random) => reply(anyInt(random), anyBytes(random, 30)),
];

export const GREETING_KINDS = GREETINGS.length;

export function greetingTo(asked: SessionAsked, { kind }: Draw, random: SeededRandom): Deed {
  return GREETINGS[kind % GREETINGS.length]?.(asked, random) ?? 'hangUp';
}

export function accepted({ sessionId, timeoutMs }: SessionAsked, changes: Partial<ConnectResponse> = {}): Buffer {
  const id = sessionId === 0n ? 0x1000000000000001n : sessionId;
  return connectResponse({ sessionId: id, timeOut: timeoutMs, passwd: Buffer.alloc(16, 7), ...changes });
}

export function reply(xid: number, body: Buffer, zxid = 5n, rc: number = ErrorCode.OK): Buffer {
  const writer = new JuteWriter();
  writer.int32(xid).int64(zxid).int32(rc).bytes(body);
  return framed(writer.take());
}

export function refusal(xid: number, rc: number): Buffer {
  return reply(xid, Buffer.alloc(0), 5n, rc);
}

function refused(): Buffer {
  return connectResponse({ sessionId: 0n, timeOut: 0, passwd: Buffer.alloc(16) });
}

function connectResponse(fields: Partial<ConnectResponse>): Buffer {
  const writer = new JuteWriter();
  const defaults = { protocolVersion: 0, timeOut: 0, sessionId: 0n, passwd: null, readOnly: false };
  connectResponseCodec.write(writer, { ...defaults, ...fields });
  return framed(writer.take());
}

/** For a path that is watched or not, of a type that exists or not. */
function event(random: SeededRandom): Buffer {
  const path = random.pick([...PATHS, '/unknown', '', 'no path', null]);
  const writer = new JuteWriter();
  writer
    .int32(Xid.notification)
    .int64(anyLong(random))
    .int32(random.chance(0.8) ? 0 : anyInt(random));
  writer
    .int32(random.pick(EVENT_TYPES))
    .int32(random.pick([3, 0, -112, 99]))
    .ustring(path);
  return framed(writer.take());
}

/** A reply to a ping or a credential that nobody sent. */
function unasked(random: SeededRandom): Buffer {
  const xid = random.pick([Xid.ping, Xid.auth]);
  return reply(xid, Buffer.alloc(0), 5n, random.chance(0.7) ? ErrorCode.OK : random.pick(MILD_CODES));
}

function anyLong(random: SeededRandom): bigint {
  return (BigInt(anyInt(random)) << 32n) + BigInt(random.below(2 ** 31));
}

function withLength(frame: Buffer, length: number): Buffer {
  const copy = Buffer.from(frame);
  copy.writeInt32BE(length, 0);
  return copy;
}

/** What a sane server says to anything: nothing is wrong, and nothing is there but the data of `/well`. */
export function saneAnswer({ xid, op }: Asked): Buffer {
  switch (op) {
    case OpCode.getData:
      return reply(
        xid,
        bodyOf((writer) => writer.buffer(Buffer.from('well')).bytes(Buffer.alloc(68))),
      );
    case OpCode.ping:
    case OpCode.auth:
    case OpCode.addWatch:
    case OpCode.removeWatches:
    case OpCode.setWatches:
    case OpCode.setWatches2:
    case OpCode.closeSession:
      return reply(xid, Buffer.alloc(0));
    default:
      return refusal(xid, ErrorCode.NONODE);
  }
}

function bodyOf(write: (writer: JuteWriter) => void): Buffer {
  const writer = new JuteWriter();
  write(writer);
  return writer.take();
}
