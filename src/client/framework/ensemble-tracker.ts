import { ClosedError } from '../errors.js';
import type { KeeperClient } from '../keeper-client.js';
import type { WatchHandle } from '../watch-handle.js';
import { Backoff } from '../support/backoff.js';
import { isRetryable } from '../support/retry.js';

export interface EnsembleTrackerOptions {
  readonly changed: (connectString: string) => void;
  readonly onError: (error: unknown) => void;
}

/** Of a member: where its peers reach it, its role, and where its clients do. */
const MEMBER = /^server\.\d+=(\[[^\]]+\]|[^:]+):\d+:\d+(?:\|[^;]*)?(?::\w+)?;(?:(\[[^\]]+\]|[^:]+):)?(\d+)$/;
const ANY_ADDRESS = new Set(['0.0.0.0', '::', '[::]', '0:0:0:0:0:0:0:0', '[0:0:0:0:0:0:0:0]']);

/** Follows the ensemble's membership, as `/zookeeper/config` tells it. */
export class EnsembleTracker {
  readonly #client: KeeperClient;
  readonly #options: EnsembleTrackerOptions;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #told = '';
  #watch: WatchHandle | null = null;

  constructor(client: KeeperClient, options: EnsembleTrackerOptions) {
    this.#client = client;
    this.#options = options;
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#watch?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let backoff = new Backoff(this.#client);
    while (!signal.aborted && this.#client.state !== 'closed') {
      try {
        const { data, watch } = await this.#client.getConfig({ watch: true, signal });
        this.#watch = watch;
        this.#tell(connectStringOf(data?.toString('utf8') ?? ''));
        backoff = new Backoff(this.#client);
        await watch.fired;
      } catch (error) {
        if (signal.aborted || error instanceof ClosedError) return;
        if (!isRetryable(error)) {
          this.#options.onError(error);
          return;
        }
        await backoff.wait(signal);
      }
    }
  }

  /** An empty membership is none: a server that was never reconfigured does not know its own. */
  #tell(connectString: string): void {
    if (connectString === '' || connectString === this.#told) return;
    this.#told = connectString;
    try {
      this.#options.changed(connectString);
    } catch (error) {
      this.#options.onError(error);
    }
  }
}

/**
 * `host:port` of every member that clients can reach, sorted and joined by commas; empty when there is none. Names are
 * left as they are. Exported for its test.
 */
export function connectStringOf(config: string): string {
  const addresses = config.split('\n').flatMap((line) => {
    const [, host = '', clientHost, port = ''] = MEMBER.exec(line.trim()) ?? [];
    if (port === '') return [];
    return [`${clientHost === undefined || ANY_ADDRESS.has(clientHost) ? host : clientHost}:${port}`];
  });
  return addresses.sort().join(',');
}
