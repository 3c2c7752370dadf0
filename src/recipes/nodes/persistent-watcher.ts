import { BadArgumentsError, ClosedError } from '../../client/errors.js';
import { EventBuffer } from '../../client/event-buffer.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { WatchEvent } from '../../client/watch-event.js';
import type { WatchHandle } from '../../client/watch-handle.js';
import { pathFault } from '../../protocol/paths.js';
import { errorHook } from '../support/error-hook.js';
import type { ErrorHook } from '../support/error-hook.js';
import { Readers } from '../support/readers.js';
import { StateLoop } from '../support/state-loop.js';

/** How much is watched, and how many events are kept for a slow reader. */
export interface PersistentWatcherOptions {
  /** Also watch every descendant; `childrenChanged` is never told then. Default false. */
  readonly recursive?: boolean | undefined;
  /** Events kept for each reader before they collapse into one `resync`. From 1; default 1000. */
  readonly eventsMax?: number | undefined;
  /** Hears of what repeating does not mend, as a missing permission. Default: a warning of the process, once a path. */
  readonly onError?: ErrorHook | undefined;
}

const EVENTS_MAX = 1000;

/**
 * A watch that stands for as long as the watcher is open: set when there is a server, set again over reconnections and new
 * sessions. Any number of readers share it; on the server it is one watch.
 *
 * It tells that something happened, and not what is there now. On SUSPENDED and on LOST it tells nothing; when it stands
 * again, everybody hears `resync`: changes may have been missed, read again.
 */
export class PersistentWatcher implements AsyncDisposable {
  readonly path: string;
  readonly #client: KeeperClient;
  readonly #options: PersistentWatcherOptions;
  readonly #loop: StateLoop;
  readonly #readers = new Readers<WatchEvent, EventBuffer>();
  #watch: WatchHandle | null = null;
  #hasClosed = false;

  /** The node need not exist. Nothing is asked before `start()` or the first reader. */
  constructor(client: KeeperClient, path: string, options: PersistentWatcherOptions = {}) {
    const { eventsMax = EVENTS_MAX } = options;
    const fault = pathFault(path);
    if (fault !== null) throw new BadArgumentsError({ message: `path of a watcher: ${fault}`, path });
    if (!(Number.isInteger(eventsMax) && eventsMax >= 1)) {
      throw new BadArgumentsError({ message: `eventsMax is ${eventsMax}; it must be a whole number from 1`, path });
    }
    this.path = path;
    this.#client = client;
    this.#options = options;
    const hook = errorHook(options.onError, { code: 'PINFOLD_WATCHER', path });
    this.#loop = new StateLoop(client, {
      look: (signal) => this.#look(signal),
      onError: (error) => {
        if (error instanceof ClosedError) this.#end();
        else hook(error);
      },
    });
  }

  /** Whether the watch has been set; it stays so until closed. */
  get isSet(): boolean {
    return this.#watch !== null;
  }

  /** Begins; a server need not be in reach. Calling it again does nothing. */
  start(): void {
    if (!this.#hasClosed) this.#loop.start();
  }

  /**
   * What happens, in order. The first event is a `resync` as soon as the watch stands: what is read from then on is not older
   * than the events that follow. Ends with the watcher or its client, or when the signal aborts. Starts if that has not
   * been done.
   */
  events({ signal }: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterable<WatchEvent, undefined> {
    return { [Symbol.asyncIterator]: () => this.#reader(signal) };
  }

  /** Ends all iterations and removes the watch from the server. Does nothing the second time. */
  async close(): Promise<void> {
    this.#end();
    await this.#loop.close();
    const watch = this.#watch;
    this.#watch = null;
    await watch?.close();
  }

  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #reader(signal: AbortSignal | undefined): AsyncIterator<WatchEvent, undefined> {
    const buffer = new EventBuffer(this.#options.eventsMax ?? EVENTS_MAX);
    if (this.#watch !== null) buffer.push({ type: 'resync', path: this.path }, this.path);
    this.start();
    return this.#readers.join(buffer, signal);
  }

  async #look(signal: AbortSignal): Promise<void> {
    if (this.#watch !== null) return;
    const watch = await this.#client.addWatch(this.path, { recursive: this.#options.recursive, signal });
    this.#watch = watch;
    this.#tell({ type: 'resync', path: this.path });
    void this.#follow(watch);
  }

  async #follow(watch: WatchHandle): Promise<void> {
    for await (const event of watch) {
      if (event.type === 'closed' || event.type === 'sessionLost') this.#end();
      else this.#tell(event);
    }
  }

  #tell(event: WatchEvent): void {
    for (const reader of this.#readers.feeds) reader.push(event, this.path);
  }

  #end(): void {
    this.#hasClosed = true;
    this.#readers.end();
  }
}
