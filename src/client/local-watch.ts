import type { Zxid } from '../protocol/zxid.js';
import { stripChroot } from './chroot.js';
import { EventBuffer } from './event-buffer.js';
import type { WatchEvent, WatchEventType, WatchKind } from './watch-event.js';
import type { WatchHandle } from './watch-handle.js';

/** Where the registry keeps a watch. `exists` watches go to `data` or `missing` by what the node was when they were set. */
export type WatchTable = 'data' | 'missing' | 'children' | 'persistent' | 'recursive';

export interface LocalWatchOptions {
  readonly kind: WatchKind;
  /** On the server. */
  readonly path: string;
  readonly chroot: string;
  readonly eventsMax: number;
  /** Takes the watch out of the registry; resolves when the server was told, if it had to be. */
  readonly release: (watch: LocalWatch) => Promise<void>;
}

/** One caller's part in a watch. */
export class LocalWatch implements WatchHandle {
  readonly kind: WatchKind;
  readonly path: string;
  readonly serverPath: string;
  /** Null while it is in no table of the registry. */
  table: WatchTable | null = null;
  private readonly options: LocalWatchOptions;
  private readonly buffer: EventBuffer;
  private first: WatchEvent | null = null;
  private firedPromise: Promise<WatchEvent> | null = null;
  private announceFirst: ((event: WatchEvent) => void) | null = null;
  private hasEnded = false;

  constructor(options: LocalWatchOptions) {
    this.options = options;
    this.kind = options.kind;
    this.serverPath = options.path;
    this.path = stripChroot(options.chroot, options.path);
    this.buffer = new EventBuffer(options.eventsMax);
  }

  get fired(): Promise<WatchEvent> {
    this.firedPromise ??=
      this.first === null ? new Promise((resolve) => (this.announceFirst = resolve)) : Promise.resolve(this.first);
    return this.firedPromise;
  }

  get firesOnce(): boolean {
    return this.kind !== 'persistent' && this.kind !== 'recursive';
  }

  deliver(type: WatchEventType, serverPath: string, zxid: Zxid | null): void {
    if (this.hasEnded) return;
    const path = stripChroot(this.options.chroot, serverPath);
    const event: WatchEvent = zxid === null ? { type, path } : { type, path, zxid };
    this.first ??= event;
    this.announceFirst?.(event);
    this.announceFirst = null;
    this.buffer.push(event, this.path);
    if (this.firesOnce) this.end();
  }

  /** The last event of any watch. */
  deliverLast(type: 'sessionLost' | 'closed'): void {
    this.deliver(type, this.serverPath, null);
    this.end();
  }

  async close(): Promise<void> {
    this.deliverLast('closed');
    await this.options.release(this);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<WatchEvent, undefined> {
    return {
      next: () => this.buffer.next(),
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  private end(): void {
    this.hasEnded = true;
    this.buffer.end();
  }
}
