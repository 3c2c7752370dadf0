import type { ByteStream, Listener, ListenOptions, Logger, Runtime } from '../../runtime/index.js';
import type { ClientSocketOptions, SocketOwner } from './client-socket.js';
import { ClientSocket } from './client-socket.js';
import { ConnectionLimits } from './connection-limits.js';

export interface ClientPortOptions extends ClientSocketOptions {
  /** Connections from one address; 0: no limit. */
  readonly perAddressMax: number;
  /** Connections of all ports; 0: no limit. */
  readonly totalMax: number;
  /** A connection that asks for no session is closed after this many ms. */
  readonly sessionlessTimeoutMs: number;
}

export interface ClientPortDeps {
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly owner: SocketOwner;
  /** Told when a connection that got a ClientSocket is gone. */
  readonly linkClosed: (socket: ClientSocket) => void;
  /** The sockets of all ports of the server. */
  readonly sockets: Set<ClientSocket>;
  /** Told of every connection refused by a limit. */
  readonly rejected: () => void;
  /** Told of every connection that asked for no session in time. */
  readonly sessionless: () => void;
}

/** How often a flood of refused connections is logged at most. */
const REJECTION_LOG_INTERVAL_MS = 1000;

/** One listening port for clients: counts connections in and out, and gives each a ClientSocket. */
export class ClientPort {
  private readonly options: ClientPortOptions;
  private readonly deps: ClientPortDeps;
  private readonly limits: ConnectionLimits;
  private listener: Listener | null = null;
  private rejectionLoggedAtMs = -Infinity;

  constructor(options: ClientPortOptions, deps: ClientPortDeps) {
    this.options = options;
    this.deps = deps;
    this.limits = new ConnectionLimits(options.perAddressMax);
  }

  get port(): number {
    return this.listener?.port ?? 0;
  }

  get address(): string {
    return this.listener?.address ?? '';
  }

  async open(options: ListenOptions): Promise<void> {
    this.listener = await this.deps.runtime.network.listen(options, (stream) => this.accept(stream));
  }

  /** Stops accepting. */
  async close(): Promise<void> {
    await this.listener?.close();
  }

  private accept(stream: ByteStream): void {
    const { sockets, owner, runtime } = this.deps;
    const { totalMax, sessionlessTimeoutMs } = this.options;
    if (totalMax > 0 && sockets.size >= totalMax) return this.reject(stream, `max is ${totalMax} connections in all`);
    if (!this.limits.admit(stream.remoteAddress)) {
      return this.reject(
        stream,
        `Too many connections from /${stream.remoteAddress} - max is ${this.options.perAddressMax}`,
      );
    }
    const socket = new ClientSocket(stream, owner, this.options);
    socket.onClosed = () => this.closed(socket);
    sockets.add(socket);
    socket.expectHandshake(
      runtime.timers.afterUnref(sessionlessTimeoutMs, () => {
        this.deps.sessionless();
        socket.link.close();
      }),
    );
  }

  private closed(socket: ClientSocket): void {
    this.deps.sockets.delete(socket);
    this.limits.release(socket.stream.remoteAddress);
    this.deps.linkClosed(socket);
  }

  private reject(stream: ByteStream, reason: string): void {
    stream.listen({ data: () => undefined, close: () => undefined });
    stream.destroy();
    this.deps.rejected();
    const nowMs = this.deps.runtime.clock.monotonicMs();
    if (nowMs - this.rejectionLoggedAtMs < REJECTION_LOG_INTERVAL_MS) return;
    this.rejectionLoggedAtMs = nowMs;
    this.deps.logger.warn(reason, { remoteAddress: stream.remoteAddress });
  }
}
