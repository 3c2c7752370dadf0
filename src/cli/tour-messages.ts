/** The lock that the workers of the tour take turns with. */
export const TOUR_LOCK = '/tour/lock';
/** What the lock protects: a node that only the holder may write. */
export const TOUR_LEDGER = '/tour/ledger';
/** How long a silent worker is given before the server takes its lock away, ms. */
export const TOUR_SESSION_MS = 2000;
/** Of the servers: sessions may be as short as two ticks. */
export const TOUR_SETTINGS = ['tickTime=500'] as const;
/** They end the tour: it tells the workers itself, so that none of them is missed in the middle of its story. */
export const TOUR_STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What the tour tells a worker. */
export type TourOrder = 'ask' | 'write' | 'release';

/** What a worker tells the tour. */
export type TourReport =
  | { readonly type: 'ready' }
  | { readonly type: 'holds'; readonly token: number; readonly path: string }
  | { readonly type: 'wrote'; readonly text: string }
  | { readonly type: 'releasing' }
  | { readonly type: 'released' }
  | { readonly type: 'failed'; readonly why: string };
