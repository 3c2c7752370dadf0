import type { Session } from './session.js';
import type { SessionTable } from './session-table.js';

/** Sessions kept at hand: a power of two. */
const PLACES = 256;
const WORD_BYTES = 4;

/**
 * Finds sessions by ids that lie in some bytes, big endian. Most are found among those of late, and cost no bigint, which a
 * table by bigint would have to be asked with.
 */
export class SessionFinder<Owner> {
  private readonly sessions: SessionTable<Owner>;
  private readonly highs = new Int32Array(PLACES);
  private readonly lows = new Int32Array(PLACES);
  private readonly found: (Session<Owner> | null)[] = new Array<Session<Owner> | null>(PLACES).fill(null);

  constructor(sessions: SessionTable<Owner>) {
    this.sessions = sessions;
  }

  /** A session that is closing may not be found; a session that has left the table never is. */
  findAt(bytes: Buffer, at: number): Session<Owner> | null {
    const high = bytes.readInt32BE(at);
    const low = bytes.readInt32BE(at + WORD_BYTES);
    const place = (high ^ low) & (PLACES - 1);
    const known = this.found[place]!;
    // Whoever leaves the table is closing.
    if (known !== null && this.highs[place] === high && this.lows[place] === low && !known.isClosing) return known;
    const session = this.sessions.find(bytes.readBigInt64BE(at)) ?? null;
    this.highs[place] = high;
    this.lows[place] = low;
    this.found[place] = session;
    return session;
  }
}
