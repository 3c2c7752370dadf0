import type { Zxid } from '../protocol/zxid.js';

/**
 * What a watch reports. The first four are changes of the node `path`. `resync`: changes may have been missed (a
 * reconnect, a new session, a reader too slow); read again. `sessionLost` and `closed` end the watch.
 */
export type WatchEventType =
  'created' | 'deleted' | 'dataChanged' | 'childrenChanged' | 'resync' | 'sessionLost' | 'closed';

/** One item of a watch (wire: WatcherEvent), or what the client itself has to say about it. */
export interface WatchEvent {
  readonly type: WatchEventType;
  /** As the client that set the watch names it: without its chroot. */
  readonly path: string;
  /** Of the change, from servers that tell it (3.9 on). Never newer data than a read made after the event shows. */
  readonly zxid?: Zxid;
}

/** `data`, `exists`, `children` fire once; `persistent` and `recursive` until closed. */
export type WatchKind = 'data' | 'exists' | 'children' | 'persistent' | 'recursive';
