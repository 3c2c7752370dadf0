import type { Zxid } from '../../protocol/zxid.js';

/** A transaction as ZAB knows it: its place in history, and bytes that mean nothing here (header, record, digest). */
export interface Entry {
  readonly zxid: Zxid;
  readonly bytes: Buffer;
}

/** The same where it lies among other bytes: valid during the call. */
export interface EntryInPlace {
  readonly zxid: Zxid;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** A copy that may be kept. */
export function copyOf({ zxid, bytes, start, end }: EntryInPlace): Entry {
  const copy = Buffer.allocUnsafe(end - start);
  copy.set(bytes.subarray(start, end));
  return { zxid, bytes: copy };
}

/** All of it, for who takes entries where they lie. */
export function inPlace({ zxid, bytes }: Entry): EntryInPlace {
  return { zxid, bytes, start: 0, end: bytes.length };
}
