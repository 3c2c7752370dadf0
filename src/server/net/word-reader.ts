import { KNOWN_WORDS } from '../words/known-words.js';

const WORDS = new Set(KNOWN_WORDS);
/** What telnet sends when it closes: swallowed, and answered by closing. */
const TELNET_CLOSE = '\xff\xf4\xff\xfd';
/** The mask that follows `stmk`. */
const MASK_BYTES = 8;

/** What the first bytes of a connection are (client-protocol 1.6). */
export type FirstBytes =
  | { readonly kind: 'more' }
  /** `word` is empty for telnet's good-bye. */
  | { readonly kind: 'word'; readonly word: string; readonly argument: Buffer | null }
  /** No word: everything that came so far, to be cut into frames. */
  | { readonly kind: 'frames'; readonly bytes: Buffer };

const WORD_BYTES = 4;
const MORE: FirstBytes = { kind: 'more' };

/** Looks at a connection's first four bytes before anybody takes them for a length; they may come in pieces. */
export class WordReader {
  private gathered: Buffer | null = null;

  push(chunk: Buffer): FirstBytes {
    const bytes = this.gathered === null ? chunk : Buffer.concat([this.gathered, chunk]);
    if (bytes.length < WORD_BYTES) return this.keep(bytes);
    const word = bytes.toString('latin1', 0, WORD_BYTES);
    if (word === TELNET_CLOSE) return { kind: 'word', word: '', argument: null };
    if (!WORDS.has(word)) return { kind: 'frames', bytes };
    const argumentBytes = word === 'stmk' ? MASK_BYTES : 0;
    if (bytes.length < WORD_BYTES + argumentBytes) return this.keep(bytes);
    const argument = argumentBytes === 0 ? null : Buffer.from(bytes.subarray(WORD_BYTES, WORD_BYTES + argumentBytes));
    return { kind: 'word', word, argument };
  }

  private keep(bytes: Buffer): FirstBytes {
    this.gathered = bytes.length === this.gathered?.length ? this.gathered : Buffer.from(bytes);
    return MORE;
  }
}
