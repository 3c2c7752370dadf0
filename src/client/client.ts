import { timeoutFault } from './bounded-wait.js';
import { ClientCore } from './client-core.js';
import type { ClientOptions, WaitOptions } from './client-options.js';
import { parseConnectString } from './connect-string.js';
import { BadArgumentsError } from './errors.js';
import { Janitor } from './janitor.js';
import { KeeperView } from './keeper-view.js';
import { resolveOptions } from './resolved-options.js';

/** For "however long it takes": there must be a moment to end at. */
const CLOSE_TIMEOUT_MAX_MS = 2 ** 31 - 1;

/**
 * A client of a ZooKeeper-compatible ensemble. It connects in the background, stays connected over failures, and opens a new
 * session by itself when one is lost. Close it, or the process does not end.
 */
export class Client extends KeeperView implements AsyncDisposable {
  /**
   * Starts connecting at once. Throws a BadArgumentsError for a wrong connect string or option, and nothing else.
   *
   * @param connectString `host[:port][,host[:port]...][/chroot]`; default port 2181.
   */
  constructor(connectString: string, options: ClientOptions = {}) {
    const parsed = parseConnectString(connectString);
    const core = new ClientCore(resolveOptions(parsed, options));
    super({ core, janitor: new Janitor(core) }, parsed.chroot);
  }

  /**
   * A client that is connected. Rejects with a TimeoutError that tells what the last attempt met when there is no connection
   * within `timeoutMs` (by default the wanted session timeout), and leaves nothing open then.
   */
  static async connect(connectString: string, options: ClientOptions & WaitOptions = {}): Promise<Client> {
    const { signal, timeoutMs, ...rest } = options;
    signal?.throwIfAborted();
    const client = new Client(connectString, rest);
    try {
      await client.connected({ signal, timeoutMs: timeoutMs ?? client.negotiatedTimeoutMs });
      return client;
    } catch (error) {
      await client.close({ timeoutMs: 0 });
      throw error;
    }
  }

  /**
   * Other servers from the next connection on; the one that stands is kept, even to a server that is no longer named. Throws a
   * BadArgumentsError for a connect string that cannot be read, or has a chroot: paths stay what they are.
   */
  updateServers(connectString: string): void {
    const { servers, chroot } = parseConnectString(connectString);
    if (chroot !== '') throw new BadArgumentsError({ message: `updateServers: ${connectString} has a chroot` });
    this.parts.core.driver.updateServers(servers);
  }

  /**
   * Ends the session, which removes its ephemeral nodes. Calls not yet sent reject with a ClosedError, those sent are
   * answered. Always resolves, within `timeoutMs` (option `closeTimeoutMs`) even if no server answers; then the server ends
   * the session when its timeout is over. Rejects for nothing but a `timeoutMs` that is no number.
   */
  async close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    const { timeoutMs = this.parts.core.options.closeTimeoutMs } = options;
    const fault = timeoutFault(timeoutMs);
    if (fault !== null) throw new BadArgumentsError({ op: 'close', message: `close: ${fault}` });
    this.parts.janitor.close();
    await this.parts.core.close(Math.min(timeoutMs, CLOSE_TIMEOUT_MAX_MS));
  }

  /** `close()` with the client's `closeTimeoutMs`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
