import { connectRequestCodec, PASSWORD_BYTES } from '../../../src/protocol/connect.js';
import { JuteWriter } from '../../../src/protocol/jute-writer.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { codecOf } from '../../../src/protocol/request-codec.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { readScenarios, vectorFiles } from '../../vectors/support/vector-rows.js';
import type { FrameRow } from '../../vectors/support/vector-rows.js';
import { Draw, drawRequest, requestOf } from './requests.js';

/** Longer recordings teach nothing more, and cost as much as a hundred others. */
const RECORDED_BYTES_MAX = 4096;
const PREFIX_BYTES = 4;
/** Length, xid and type: damage there mostly ends the connection, so it is done more seldom. */
const HEADER_BYTES = 12;
const HEADER_DAMAGE = 0.05;
const NASTY_INTS = [-1, -2, 0, 1, 0x7fffffff, -0x80000000, 0x10000, 0xffffff, 1_048_576];
const NASTY_BYTES = [0x00, 0x01, 0x7f, 0x80, 0xff];

const ENDING = new Set<number>([OpCode.closeSession, OpCode.createSession, OpCode.check, OpCode.auth, OpCode.sasl]);

/** How a frame is made, from the most harmless to the worst: what shrinks becomes more harmless. */
const MAKERS: readonly ((xid: number, random: SeededRandom) => Buffer)[] = [
  (xid, random) => drawRequest(xid, new Draw(random, 0)),
  (xid, random) => drawRequest(xid, new Draw(random, 0)),
  (xid, random) => drawRequest(xid, new Draw(random, 0.1)),
  (xid, random) => drawRequest(xid, new Draw(random, 0.1)),
  (xid, random) => drawRequest(xid, new Draw(random, 0.5)),
  (_, random) => random.pick(recordedRequests()),
  (_, random) => flipped(random.pick(recordedRequests()), random),
  (xid, random) => flipped(drawRequest(xid, new Draw(random, 0.1)), random),
  (xid, random) => withNastyInt(drawRequest(xid, new Draw(random, 0)), random),
  (_, random) => withNastyInt(random.pick(recordedRequests()), random),
  (_, random) => spliced(random.pick(recordedRequests()), random.pick(recordedRequests()), random),
  (xid, random) => shortened(drawRequest(xid, new Draw(random, 0)), random),
  (_, random) => shortened(random.pick(recordedRequests()), random),
  (xid) => drawnPing(xid),
];

/** What costs a connection: drawn seldom, or every connection would end before anything has happened on it. */
const FATAL_MAKERS: readonly ((xid: number, random: SeededRandom) => Buffer)[] = [
  (xid) => requestOf(xid, OpCode.closeSession, {}),
  (_, random) => framed(bytesOf(random, random.below(60))),
  (_, random) => bytesOf(random, 1 + random.below(60)),
  (_, random) => withPrefix(random.pick(recordedRequests()), random.pick(NASTY_INTS)),
  (xid, random) => unknownOp(xid, random),
  (_, random) => cutOff(random.pick(recordedRequests()), random),
  (_, random) => random.pick(recordedLastWords()),
];

/** One time in so many a frame is of the fatal kinds. */
const FATAL_EVERY = 80;

export interface FrameSpec {
  readonly kind: number;
  readonly salt: number;
}

export const FRAME_KINDS = MAKERS.length * FATAL_EVERY;

export function frameOf({ kind, salt }: FrameSpec, xid: number): Buffer {
  const random = new SeededRandom(salt);
  const isFatal = kind >= FRAME_KINDS - FRAME_KINDS / FATAL_EVERY;
  const makers = isFatal ? FATAL_MAKERS : MAKERS;
  return (makers[kind % makers.length] ?? drawnPing)(xid, random);
}

/** A handshake: for a new session, or for one that exists or not, or something else altogether. */
export function handshakeOf(
  { kind, salt }: FrameSpec,
  known: { readonly sessionId: bigint; readonly password: Buffer | null } | null,
): Buffer {
  const random = new SeededRandom(salt);
  const fresh = { sessionId: 0n, password: Buffer.alloc(PASSWORD_BYTES) };
  switch (kind % 12) {
    case 8:
      return handshake(known ?? fresh, random);
    case 9:
      return handshake({ sessionId: known?.sessionId ?? 5n, password: bytesOf(random, PASSWORD_BYTES) }, random);
    case 10:
      return random.pick(recordedHandshakes());
    case 11:
      return flipped(random.pick(recordedHandshakes()), random);
    default:
      return handshake(fresh, random);
  }
}

/** Places at which a stretch of bytes is cut into chunks. */
export function cutsOf(length: number, salt: number): number[] {
  const random = new SeededRandom(salt);
  if (random.chance(0.5)) return [];
  const cuts = Array.from({ length: random.below(8) }, () => random.below(length + 1));
  return cuts.sort((a, b) => a - b);
}

let requests: Buffer[] | null = null;
let lastWords: Buffer[] | null = null;
let handshakes: Buffer[] | null = null;

function recordedRequests(): Buffer[] {
  requests ??= recorded((row) => row.decoded.record !== 'ConnectRequest' && !endsConnection(row));
  return requests;
}

function recordedLastWords(): Buffer[] {
  lastWords ??= recorded((row) => row.decoded.record !== 'ConnectRequest' && endsConnection(row));
  return lastWords;
}

function endsConnection({ bytes }: FrameRow): boolean {
  if (bytes === null || bytes.length < HEADER_BYTES) return true;
  const type = bytes.readInt32BE(PREFIX_BYTES + 4);
  return codecOf(type) === null || ENDING.has(type);
}

function recordedHandshakes(): Buffer[] {
  handshakes ??= recorded((row) => row.decoded.record === 'ConnectRequest');
  return handshakes;
}

/** What clients sent in the recorded conversations. */
function recorded(wanted: (row: FrameRow) => boolean): Buffer[] {
  return (['3.8.0', 'master'] as const)
    .flatMap((set) => vectorFiles(set).flatMap((file) => readScenarios(set, file)))
    .flatMap(({ rows }) => rows)
    .filter((row): row is FrameRow => row.kind === 'frame' && row.dir === 'c2s' && wanted(row))
    .flatMap(({ bytes }) => (bytes === null || bytes.length > RECORDED_BYTES_MAX ? [] : [bytes]));
}

function handshake(
  { sessionId, password }: { sessionId: bigint; password: Buffer | null },
  random: SeededRandom,
): Buffer {
  const writer = new JuteWriter();
  const at = writer.beginFrame();
  connectRequestCodec.write(writer, {
    protocolVersion: 0,
    lastZxidSeen: 0n,
    timeOut: random.pick([400, 2000, 4000, 8000, 0, -1]),
    sessionId,
    passwd: password,
    readOnly: random.pick([false, true, 'absent']),
  });
  return writer.endFrame(at).take();
}

function drawnPing(xid: number): Buffer {
  return requestOf(xid, OpCode.ping, {});
}

function unknownOp(xid: number, random: SeededRandom): Buffer {
  const payload = Buffer.alloc(8 + random.below(8));
  payload.writeInt32BE(xid, 0);
  payload.writeInt32BE(random.pick([-10, 10, 13, 23, 99, 108, 110, -100, 0x7fffffff]), 4);
  return framed(payload);
}

function flipped(frame: Buffer, random: SeededRandom): Buffer {
  const copy = Buffer.from(frame);
  if (copy.length <= PREFIX_BYTES) return copy;
  const from = damageFrom(copy, random);
  for (let left = 1 + random.below(4); left > 0; left -= 1) {
    const at = from + random.below(copy.length - from);
    const old = copy[at] ?? 0;
    copy[at] = random.chance(0.5) ? old ^ (1 << random.below(8)) : random.pick(NASTY_BYTES);
  }
  return copy;
}

function withNastyInt(frame: Buffer, random: SeededRandom): Buffer {
  const copy = Buffer.from(frame);
  const from = damageFrom(copy, random);
  const room = copy.length - from - 4;
  if (room > 0) copy.writeInt32BE(random.pick(NASTY_INTS), from + random.below(room));
  return copy;
}

function damageFrom(frame: Buffer, random: SeededRandom): number {
  return frame.length > HEADER_BYTES && !random.chance(HEADER_DAMAGE) ? HEADER_BYTES : PREFIX_BYTES;
}

/** The head of one and the tail of another, as one frame. */
function spliced(head: Buffer, tail: Buffer, random: SeededRandom): Buffer {
  const from = Math.min(tail.length, PREFIX_BYTES + random.below(tail.length));
  const to = Math.min(head.length, PREFIX_BYTES + 8 + random.below(head.length));
  return framed(Buffer.concat([head.subarray(PREFIX_BYTES, to), tail.subarray(from)]));
}

/** Ends early, and says so. */
function shortened(frame: Buffer, random: SeededRandom): Buffer {
  const payload = frame.subarray(PREFIX_BYTES);
  return framed(payload.subarray(0, Math.max(Math.min(8, payload.length), random.below(payload.length + 1))));
}

/** Ends early without saying so: what comes next is taken for the rest. */
function cutOff(frame: Buffer, random: SeededRandom): Buffer {
  return frame.subarray(0, random.below(frame.length + 1));
}

function withPrefix(frame: Buffer, length: number): Buffer {
  const copy = Buffer.from(frame);
  copy.writeInt32BE(length, 0);
  return copy;
}

function framed(payload: Buffer): Buffer {
  const frame = Buffer.alloc(PREFIX_BYTES + payload.length);
  frame.writeInt32BE(payload.length, 0);
  payload.copy(frame, PREFIX_BYTES);
  return frame;
}

function bytesOf(random: SeededRandom, count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, () => random.below(256)));
}
