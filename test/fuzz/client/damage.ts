import type { SeededRandom } from '../../support/seeded-random.js';

const NASTY_INTS = [-1, -2, 0, 1, 7, 0x7fffffff, -0x80000000, 0x10000, 0xffffff, 1_048_576];
const NASTY_BYTES = [0x00, 0x01, 0x7f, 0x80, 0xff];

/** A few bits or bytes of it are others. */
export function flipped(bytes: Buffer, random: SeededRandom): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length === 0) return copy;
  for (let left = 1 + random.below(4); left > 0; left -= 1) {
    const at = random.below(copy.length);
    const old = copy[at] ?? 0;
    copy[at] = random.chance(0.5) ? old ^ (1 << random.below(8)) : random.pick(NASTY_BYTES);
  }
  return copy;
}

/** One of its integers is absurd. */
export function withNastyInt(bytes: Buffer, random: SeededRandom): Buffer {
  const copy = Buffer.from(bytes);
  const room = copy.length - 3;
  if (room > 0) copy.writeInt32BE(random.pick(NASTY_INTS), random.below(room));
  return copy;
}

/** It ends early. */
export function shortened(bytes: Buffer, random: SeededRandom): Buffer {
  return Buffer.from(bytes.subarray(0, random.below(bytes.length + 1)));
}

/** Any bytes, up to so many. */
export function anyBytes(random: SeededRandom, max: number): Buffer {
  return Buffer.from(Array.from({ length: random.below(max + 1) }, () => random.below(256)));
}

export function anyInt(random: SeededRandom): number {
  return random.chance(0.5) ? random.pick(NASTY_INTS) : Math.floor(random.float() * 2 ** 32) - 2 ** 31;
}

/** A frame of this payload. */
export function framed(payload: Buffer): Buffer {
  const frame = Buffer.alloc(4 + payload.length);
  frame.writeInt32BE(payload.length, 0);
  payload.copy(frame, 4);
  return frame;
}

/** The stretch in pieces, as a network may deliver it. */
export function inPieces(bytes: Buffer, random: SeededRandom): Buffer[] {
  if (random.chance(0.6)) return [bytes];
  const cuts = Array.from({ length: 1 + random.below(5) }, () => random.below(bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...cuts]
    .map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length))
    .filter((it) => it.length > 0);
}
