/**
 * A hash of bytes that goes on where an earlier one stopped: the hash of a path is that of its parent's path, continued
 * over `/` and the name. Jenkins' one-at-a-time function; `state` begins as a secret seed, so that nobody can choose
 * names that fall together.
 */
export function hashOn(state: number, bytes: Uint8Array, start: number, end: number): number {
  let h = state | 0;
  for (let i = start; i < end; i++) {
    h = (h + bytes[i]!) | 0;
    h = (h + (h << 10)) | 0;
    h ^= h >>> 6;
  }
  return h;
}

/** Continues a hash as it is wanted by {@link PathIndex}; tests pass a weak one. */
export type PathHash = typeof hashOn;
