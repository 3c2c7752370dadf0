/** Bytes a step of the CRC takes at once ("slicing-by-8"): one table for each. */
const SLICE_BYTES = 8;
const TABLE_ENTRIES = 256;

/** Table k, at k * 256, holds what a byte does to the CRC when k more bytes follow it. */
const CRC_TABLES = /* @__PURE__ */ (() => {
  const tables = new Int32Array(SLICE_BYTES * TABLE_ENTRIES);
  for (let n = 0; n < TABLE_ENTRIES; n++) {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    tables[n] = c;
  }
  for (let n = TABLE_ENTRIES; n < tables.length; n++) {
    const shorter = tables[n - TABLE_ENTRIES]!;
    tables[n] = tables[shorter & 0xff]! ^ (shorter >>> 8);
  }
  return tables;
})();

/** CRC-32 (zlib/IEEE) of a range of bytes, unsigned; pass the last result to go on over several pieces. */
export function crc32(bytes: Uint8Array, previous = 0, start = 0, end = bytes.length): number {
  const t = CRC_TABLES;
  let crc = ~previous;
  let i = start;
  for (const lastSlice = end - SLICE_BYTES; i <= lastSlice; i += SLICE_BYTES) {
    const low = crc ^ (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    crc =
      t[1792 + (low & 0xff)]! ^
      t[1536 + ((low >>> 8) & 0xff)]! ^
      t[1280 + ((low >>> 16) & 0xff)]! ^
      t[1024 + (low >>> 24)]! ^
      t[768 + bytes[i + 4]!]! ^
      t[512 + bytes[i + 5]!]! ^
      t[256 + bytes[i + 6]!]! ^
      t[bytes[i + 7]!]!;
  }
  for (; i < end; i++) crc = t[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

const ADLER_MODULUS = 65521;
/** Most bytes whose sums stay below 2^31 between two reductions. */
const ADLER_RUN = 3800;

/** Adler-32, unsigned; starts at 1; pass the last result to go on over several pieces. `part`: of these bytes only. */
export function adler32(
  bytes: Uint8Array,
  previous = 1,
  part?: { readonly from: number; readonly to: number },
): number {
  let a = previous & 0xffff;
  let b = previous >>> 16;
  const end = part?.to ?? bytes.length;
  for (let from = part?.from ?? 0; from < end; from += ADLER_RUN) {
    const to = Math.min(from + ADLER_RUN, end);
    let i = from;
    // Four bytes a step: a byte alone would wait for both sums of the one before. A third less for a log record of 180 bytes.
    for (const lastFour = to - 4; i <= lastFour; i += 4) {
      const x = bytes[i]!;
      const y = bytes[i + 1]!;
      const z = bytes[i + 2]!;
      const w = bytes[i + 3]!;
      b += 4 * a + 4 * x + 3 * y + 2 * z + w;
      a += x + y + z + w;
    }
    for (; i < to; i++) {
      a += bytes[i]!;
      b += a;
    }
    a %= ADLER_MODULUS;
    b %= ADLER_MODULUS;
  }
  return ((b << 16) | a) >>> 0;
}
