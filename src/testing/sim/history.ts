/**
 * What a simulated run leaves behind: one list of events in the order in which they happened, and the tree at the end.
 * The world writes it, the checkers of `check/` read it. Nothing here depends on how the world is made.
 */

/** Nodes below it are written by recorded calls only. A session's end, which removes its ephemerals, is the one exception. */
export const DATA_ROOT = '/data';
/** Recipes work below it, unseen but for their `hold` events and what the wire tells. Each child is one lock. */
export const LOCK_ROOT = '/locks';

/** The part of a znode's metadata that the checkers argue about. `ephemeralOwner` is 0n for a node that is not ephemeral. */
export interface SimStat {
  readonly czxid: number;
  readonly mzxid: number;
  readonly pzxid: number;
  /** Of the server's wall clock, ms since 1970. */
  readonly ctime: number;
  readonly mtime: number;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  readonly ephemeralOwner: bigint;
  readonly dataLength: number;
  readonly numChildren: number;
}

export type SimCreateMode = 'persistent' | 'ephemeral' | 'persistent-sequential' | 'ephemeral-sequential' | 'container';

/** Data is text: workloads write unique values, so that a value names its write. Version -1 is "any". */
export type SimWrite =
  | { readonly type: 'create'; readonly path: string; readonly data: string | null; readonly mode: SimCreateMode }
  | { readonly type: 'delete'; readonly path: string; readonly version: number }
  | { readonly type: 'setData'; readonly path: string; readonly data: string | null; readonly version: number };

export type SimMultiPart = SimWrite | { readonly type: 'check'; readonly path: string; readonly version: number };

/** `watch` is a number of its own for the watch that the read leaves, null when it leaves none. */
export interface SimRead {
  readonly type: 'getData' | 'exists' | 'getChildren';
  readonly path: string;
  readonly watch: number | null;
}

export type SimOp =
  | SimWrite
  | SimRead
  | { readonly type: 'multi'; readonly parts: readonly SimMultiPart[] }
  | { readonly type: 'sync'; readonly path: string };

/**
 * What a call answered; what its kind does not tell is null. An `exists` that finds nothing is an `ok` with `stat` null.
 * `path` is the created node's, with its sequence suffix.
 */
export interface SimResult {
  readonly path: string | null;
  readonly data: string | null;
  readonly stat: SimStat | null;
  readonly children: readonly string[] | null;
  /** Of a multi, one a part. */
  readonly parts: readonly SimResult[] | null;
}

/**
 * `ok`: done. `failed`: certainly not applied; `rc` tells whether a server refused it (NONODE, BADVERSION, ...: an
 * observation) or it never left. `unknown`: a write that may or may not have happened, or will; or a read without answer.
 */
export type SimOutcome = 'ok' | 'failed' | 'unknown';

export type SimWatchType =
  'created' | 'deleted' | 'dataChanged' | 'childrenChanged' | 'resync' | 'sessionLost' | 'closed';

interface Common {
  /** Place in the history, from 0. */
  readonly index: number;
  /** Virtual monotonic time, ms. */
  readonly atMs: number;
}

/** A call begins. Numbers of calls are unique and grow; a client's calls are sent in this order. */
export interface InvokeEvent extends Common {
  readonly kind: 'invoke';
  readonly call: number;
  readonly client: number;
  /** The client's session at this moment, 0n without one. */
  readonly session: bigint;
  readonly op: SimOp;
}

export interface ReturnEvent extends Common {
  readonly kind: 'return';
  readonly call: number;
  readonly client: number;
  /** The client's session at this moment. An answer comes from it if it is that of the invocation; else see the wire. */
  readonly session: bigint;
  readonly outcome: SimOutcome;
  /** 0 for `ok`, else the error's `rc`. */
  readonly rc: number;
  readonly result: SimResult | null;
  /** The client's `lastZxidSeen` at this moment: no smaller than the answer's zxid. */
  readonly seenZxid: number;
}

/** A watch reports, recorded where the client's user learns it relative to answers. */
export interface WatchEvent extends Common {
  readonly kind: 'watch';
  readonly client: number;
  readonly session: bigint;
  readonly watch: number;
  readonly type: SimWatchType;
  readonly path: string;
  readonly zxid: number | null;
}

/** As the client sees it. `expired` and `closed` are the last of a session. */
export interface SessionEvent extends Common {
  readonly kind: 'session';
  readonly client: number;
  readonly session: bigint;
  readonly state: 'connected' | 'disconnected' | 'expired' | 'closed';
  /** Negotiated, ms; with `connected` only. */
  readonly timeoutMs: number | null;
  /** Of `expired`: the `reason` that the client gives, such as `expired` (the server said so) or `silence`. Otherwise null. */
  readonly reason: string | null;
}

/**
 * `acquired` when the caller has its hold; `lost` and `released` when the hold's signal aborts, and for which reason;
 * `used` when the holder looked at `isHeld()` and was told true.
 */
export interface HoldEvent extends Common {
  readonly kind: 'hold';
  readonly client: number;
  readonly session: bigint;
  /** Path of the lock. */
  readonly lock: string;
  /** Path of the contender's node. */
  readonly node: string;
  readonly token: number;
  readonly state: 'acquired' | 'used' | 'lost' | 'released';
}

/** What the lock protects was written to with this token; the protected thing decided whether to take it. */
export interface GuardedEvent extends Common {
  readonly kind: 'guarded';
  readonly client: number;
  readonly lock: string;
  readonly token: number;
  readonly accepted: boolean;
}

/** A client's event loop stands still: what happens to it meanwhile it learns at the end. */
export interface StallEvent extends Common {
  readonly kind: 'stall';
  readonly client: number;
  readonly state: 'begins' | 'ends';
}

/** A client's process is killed: nothing more comes of it, and nobody tells it anything. */
export interface DeathEvent extends Common {
  readonly kind: 'death';
  readonly client: number;
}

export interface ServerEvent extends Common {
  readonly kind: 'server';
  /** Its number; that of a server which is alone is 1. */
  readonly server: number;
  readonly state: 'started' | 'crashed' | 'stopped' | 'failed' | 'leads';
  /** `started`: up to where it recovered; `leads`: where its epoch begins. Otherwise null. */
  readonly lastZxid: number | null;
}

/** For the story only. */
export interface FaultEvent extends Common {
  readonly kind: 'fault';
  readonly what: string;
}

/**
 * A frame as it reaches the client from the simulated network, so also those of recipes and of the client's own doing.
 * Made by a `WireTap`; `connection` numbers are unique in a run.
 */
export interface WireEvent extends Common {
  readonly kind: 'wire';
  readonly client: number;
  readonly connection: number;
  readonly session: bigint;
  readonly frame: WireFrame;
}

export type WireFrame =
  | { readonly type: 'connected'; readonly session: bigint; readonly timeoutMs: number }
  | {
      readonly type: 'answer';
      readonly xid: number;
      /** Name of the operation, such as `create2`. */
      readonly op: string;
      readonly path: string | null;
      /** The request asked for a watch. */
      readonly watch: boolean;
      /** Of a setWatches: what it sets again, and since when. */
      readonly rewatched: Rewatched | null;
      /** No request before this one is still unanswered. Pings and credentials stand outside the order. */
      readonly inOrder: boolean;
      /** removeWatches: what it removes (a WatcherType); addWatch: its mode; otherwise null. */
      readonly watchMode: number | null;
      /** When the client handed the request to the network. */
      readonly sentAtMs: number;
      readonly zxid: number;
      readonly rc: number;
      /** What a read that found its node reveals of it. */
      readonly stat: SimStat | null;
      /** Of a write that was done: all it changed, in order. They share the answer's zxid. */
      readonly changes: readonly WireChange[];
    }
  /** The connection ended before the answer: the server may have done it, or never seen it. */
  | { readonly type: 'unanswered'; readonly op: string; readonly path: string | null }
  | { readonly type: 'event'; readonly event: number; readonly path: string; readonly zxid: number };

/** `stat` is the node's afterwards, as far as the answer tells. */
export interface WireChange {
  readonly type: 'created' | 'deleted' | 'dataChanged';
  readonly path: string;
  readonly stat: SimStat | null;
  readonly isSequential: boolean;
}

/** Paths, by the list that they stood in. */
export interface Rewatched {
  readonly sinceZxid: number;
  readonly data: readonly string[];
  readonly exists: readonly string[];
  readonly children: readonly string[];
  readonly persistent: readonly string[];
  readonly recursive: readonly string[];
}

export type SimEvent =
  | InvokeEvent
  | ReturnEvent
  | WatchEvent
  | SessionEvent
  | HoldEvent
  | GuardedEvent
  | StallEvent
  | DeathEvent
  | ServerEvent
  | FaultEvent
  | WireEvent;

/** An event before the recorder gives it its place and time. */
export type NewSimEvent = SimEvent extends infer Event
  ? Event extends SimEvent
    ? Omit<Event, 'index' | 'atMs'>
    : never
  : never;

export interface FinalNode {
  readonly data: string | null;
  readonly stat: SimStat;
}

/**
 * Read by a fresh client when all faults are healed, every call has returned, every lock is released and nothing is left
 * to clean up, and the server was started once more from its disk. The workload's clients are still there: what they
 * closed too early could not be told from what they have forgotten.
 */
export interface FinalState {
  /** Every node outside `/zookeeper`, by path. */
  readonly nodes: ReadonlyMap<string, FinalNode>;
  /** Sessions that the server knows then. */
  readonly liveSessions: ReadonlySet<bigint>;
  /** The members of the ensemble, as `/zookeeper/config` has them. */
  readonly config?: string | null;
}

/** One broken promise. `events` are indices of the history, for the report. */
export interface Violation {
  readonly rule: string;
  readonly message: string;
  readonly events: readonly number[];
}
