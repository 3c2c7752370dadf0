/**
 * A transaction id: epoch * 2^32 + counter, kept as a JS number. Exact while the epoch is below 2^21
 * (at one election a second that is 24 days short of forever: 2^21 elections).
 */
export type Zxid = number & { readonly zxidBrand: unique symbol };

const COUNTER_SPAN = 2 ** 32;
/** Largest epoch a zxid number holds exactly. */
export const EPOCH_MAX = 2 ** 21 - 1;
/** Largest counter of a transaction: the next epoch has to begin before it wraps (quorum-protocol 3.13). */
export const COUNTER_MAX = 0xffff_fffe;

/** Before the first transaction of all. */
export const ZXID_NONE = 0 as Zxid;

/** Brands a number that is known to be a zxid; throws if it is not a safe integer. */
export function toZxid(value: number): Zxid {
  if (!Number.isSafeInteger(value))
    throw new RangeError(`zxid ${value} is not an exact integer: epoch above ${EPOCH_MAX}`);
  return value as Zxid;
}

/** Throws a RangeError for an epoch outside 0 to {@link EPOCH_MAX}; the counter is taken as it is. */
export function makeZxid(epoch: number, counter: number): Zxid {
  if (epoch < 0 || epoch > EPOCH_MAX) throw new RangeError(`epoch ${epoch} is outside 0..${EPOCH_MAX}`);
  return (epoch * COUNTER_SPAN + counter) as Zxid;
}

/** The high 32 bits. */
export function epochOf(zxid: Zxid): number {
  return Math.floor(zxid / COUNTER_SPAN);
}

/** The low 32 bits, unsigned. */
export function counterOf(zxid: Zxid): number {
  return zxid - Math.floor(zxid / COUNTER_SPAN) * COUNTER_SPAN;
}

/** Lower-case hex without prefix or leading zeros: file names, `hash`, config versions. */
export function formatZxid(zxid: Zxid): string {
  return zxid.toString(16);
}

/** Inverse of {@link formatZxid}; null when the text is not lower-case or upper-case hex of an exact zxid. */
export function parseZxid(text: string): Zxid | null {
  if (!/^[0-9a-fA-F]{1,16}$/.test(text)) return null;
  const value = Number.parseInt(text, 16);
  return Number.isSafeInteger(value) ? (value as Zxid) : null;
}
