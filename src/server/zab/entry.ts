import type { Zxid } from '../../protocol/zxid.js';

/**
 * A transaction as ZAB knows it: its place in history, and bytes that mean nothing here (header, record, digest), which
 * may lie among others.
 */
export interface EntryInPlace {
  readonly zxid: Zxid;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** The same, to be kept: nobody else writes there. What is only in place is valid during a call. */
export interface Entry extends EntryInPlace {
  readonly bytes: Buffer;
}

/** One that has its bytes to itself. */
export function entryOf(zxid: Zxid, bytes: Buffer): Entry {
  return { zxid, bytes, start: 0, end: bytes.length };
}

export function lengthOf({ start, end }: EntryInPlace): number {
  return end - start;
}
