/**
 * The raw block format of Snappy: a varint with the uncompressed length, then elements. The low two bits of an
 * element's tag say what it is: 00 a literal (length - 1 in the upper six bits, or in 1..4 following bytes when they
 * are 60..63), 01 a copy of 4..11 bytes with an 11-bit offset, 10 and 11 copies of 1..64 bytes with a 16-bit and a
 * 32-bit offset.
 */

/** No element yields more than 64 bytes from 3: a larger claim is a lie, and nothing is allocated for it. */
const EXPANSION_MAX = 22;
const HASH_BITS = 12;
const HASH_MULTIPLIER = 0x1e35a7bd;
const MATCH_BYTES_MIN = 4;
const COPY_BYTES_MAX = 64;

/** Blocks are compressed on their own, and this short a block keeps offsets within 16 bits. */
export const SNAPPY_BLOCK_BYTES_MAX = 32 * 1024;

/** Throws a RangeError on anything that is not a whole, exact block. */
export function snappyUncompress(block: Buffer): Buffer {
  const { value: size, next } = readVarint(block);
  if (size > block.length * EXPANSION_MAX) throw new RangeError(`${block.length} bytes cannot expand to ${size}`);
  const out = Buffer.allocUnsafeSlow(size);
  let written = 0;
  for (let at = next; at < block.length;) {
    const tag = block[at]!;
    if ((tag & 3) === 0) {
      const { length, from } = literalAt(block, at);
      if (from + length > block.length || written + length > size) throw new RangeError(`literal at ${at} is too long`);
      block.copy(out, written, from, from + length);
      written += length;
      at = from + length;
    } else {
      const { length, offset, end } = copyAt(block, at);
      if (offset === 0 || offset > written || written + length > size)
        throw new RangeError(`copy at ${at} is impossible`);
      // A copy may overlap what it writes: byte by byte.
      for (const stop = written + length; written < stop; written += 1) out[written] = out[written - offset]!;
      at = end;
    }
  }
  if (written !== size) throw new RangeError(`block yields ${written} bytes, not ${size}`);
  return out;
}

/** Compresses at most {@link SNAPPY_BLOCK_BYTES_MAX} bytes. */
export function snappyCompress(input: Buffer): Buffer {
  if (input.length > SNAPPY_BLOCK_BYTES_MAX) throw new RangeError(`a block of ${input.length} bytes is too long`);
  // Worst case: nothing repeats, and every 60 bytes of literal cost a few bytes of tag.
  const out = Buffer.allocUnsafeSlow(8 + input.length + Math.ceil(input.length / 32));
  let at = writeVarint(out, input.length);
  const table = new Int32Array(1 << HASH_BITS).fill(-1);
  let literalFrom = 0;
  let pos = 0;
  while (pos + MATCH_BYTES_MIN <= input.length) {
    const word = input.readUInt32LE(pos);
    const slot = Math.imul(word, HASH_MULTIPLIER) >>> (32 - HASH_BITS);
    const candidate = table[slot]!;
    table[slot] = pos;
    if (candidate < 0 || input.readUInt32LE(candidate) !== word) {
      pos += 1;
      continue;
    }
    at = writeLiteral(out, at, input.subarray(literalFrom, pos));
    const length = matchLength(input, candidate, pos);
    at = writeCopies(out, at, { offset: pos - candidate, length });
    pos += length;
    literalFrom = pos;
  }
  return out.subarray(0, writeLiteral(out, at, input.subarray(literalFrom)));
}

function literalAt(block: Buffer, at: number): { length: number; from: number } {
  const short = block[at]! >>> 2;
  if (short < 60) return { length: short + 1, from: at + 1 };
  const lengthBytes = short - 59;
  if (at + 1 + lengthBytes > block.length) throw new RangeError(`literal at ${at} is cut`);
  return { length: block.readUIntLE(at + 1, lengthBytes) + 1, from: at + 1 + lengthBytes };
}

function copyAt(block: Buffer, at: number): { length: number; offset: number; end: number } {
  const tag = block[at]!;
  const offsetBytes = (tag & 3) === 1 ? 1 : (tag & 3) === 2 ? 2 : 4;
  const end = at + 1 + offsetBytes;
  if (end > block.length) throw new RangeError(`copy at ${at} is cut`);
  const low = block.readUIntLE(at + 1, offsetBytes);
  if (offsetBytes === 1) return { length: ((tag >>> 2) & 7) + 4, offset: ((tag >>> 5) << 8) | low, end };
  return { length: (tag >>> 2) + 1, offset: low, end };
}

function matchLength(input: Buffer, candidate: number, pos: number): number {
  let length = MATCH_BYTES_MIN;
  while (pos + length < input.length && input[candidate + length] === input[pos + length]) length += 1;
  return length;
}

function writeLiteral(out: Buffer, at: number, bytes: Buffer): number {
  if (bytes.length === 0) return at;
  const last = bytes.length - 1;
  const lengthBytes = last < 60 ? 0 : last < 256 ? 1 : 2;
  out[at] = (lengthBytes === 0 ? last : 59 + lengthBytes) << 2;
  if (lengthBytes > 0) out.writeUIntLE(last, at + 1, lengthBytes);
  bytes.copy(out, at + 1 + lengthBytes);
  return at + 1 + lengthBytes + bytes.length;
}

function writeCopies(out: Buffer, at: number, copy: { offset: number; length: number }): number {
  let end = at;
  for (let left = copy.length; left > 0;) {
    const length = Math.min(left, COPY_BYTES_MAX);
    out[end] = ((length - 1) << 2) | 2;
    out.writeUInt16LE(copy.offset, end + 1);
    end += 3;
    left -= length;
  }
  return end;
}

function readVarint(block: Buffer): { value: number; next: number } {
  let value = 0;
  for (let at = 0; at < Math.min(block.length, 5); at += 1) {
    const byte = block[at]!;
    value += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return { value, next: at + 1 };
  }
  throw new RangeError('the length of the block is not a varint');
}

function writeVarint(out: Buffer, value: number): number {
  let at = 0;
  let left = value;
  for (; left >= 0x80; left >>>= 7) out[at++] = (left & 0x7f) | 0x80;
  out[at++] = left;
  return at;
}
