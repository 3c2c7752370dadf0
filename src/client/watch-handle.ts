import type { WatchEvent, WatchKind } from './watch-event.js';

/**
 * A watch of one caller. Several handles share one watch on the server.
 *
 * As an async iterable it yields its events (one, for the kinds that fire once) and ends after `sessionLost` or `closed`,
 * which it yields too. A persistent watch outlives its session: it is set again and announces `resync`.
 */
export interface WatchHandle extends AsyncIterable<WatchEvent>, AsyncDisposable {
  readonly path: string;
  readonly kind: WatchKind;
  /** The first event. Never rejects and never hangs for good: losing the session or closing is an event. */
  readonly fired: Promise<WatchEvent>;
  /** No event comes after this call. The last handle of a watch removes it from the server; resolves when that is done. */
  close(): Promise<void>;
}
