import type { SetInPlace } from '../tree/set-in-place.js';

const LENGTH_BYTES = 4;
const VERSION_BYTES = 4;

/** Reads ustring path, buffer data, int version without taking them out: where they end, or -1 when there is anything odd. */
export function readSetInPlace(buf: Buffer, at: number, end: number, set: SetInPlace): number {
  const pathStart = at + LENGTH_BYTES;
  if (pathStart > end) return -1;
  const pathEnd = pathStart + buf.readInt32BE(at);
  const dataStart = pathEnd + LENGTH_BYTES;
  if (pathEnd < pathStart || dataStart > end) return -1;
  const dataEnd = dataStart + buf.readInt32BE(pathEnd);
  if (dataEnd < dataStart || dataEnd + VERSION_BYTES > end) return -1;
  set.bytes = buf;
  set.pathStart = pathStart;
  set.pathEnd = pathEnd;
  set.dataStart = dataStart;
  set.dataEnd = dataEnd;
  set.expectedVersion = buf.readInt32BE(dataEnd);
  return dataEnd + VERSION_BYTES;
}
