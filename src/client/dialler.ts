import type { ByteStream, Network, PendingStream, TlsClientOptions } from '../runtime/network.js';
import type { ServerAddress } from './connect-string.js';
import type { HostProvider, ResolvedServer } from './host-provider.js';

export interface DialOptions {
  readonly timeoutMs: number;
  connected(stream: ByteStream, server: ServerAddress): void;
  failed(error: unknown, server: ServerAddress): void;
}

/** Makes one connection at a time to the next server of the list. An attempt that was given up reports nothing any more. */
export class Dialler {
  private readonly hosts: HostProvider;
  private readonly network: Network;
  private readonly tls: TlsClientOptions | null;
  private attempt = 0;
  private pending: PendingStream | null = null;

  constructor(hosts: HostProvider, network: Network, tls: TlsClientOptions | null) {
    this.hosts = hosts;
    this.network = network;
    this.tls = tls;
  }

  dial(options: DialOptions): void {
    const attempt = ++this.attempt;
    const next = this.hosts.next();
    const stream = next.resolve().then((resolved) => this.open(resolved, attempt, options.timeoutMs));
    stream.then(
      (opened) => {
        if (attempt === this.attempt && opened !== null) options.connected(opened, next.server);
        else opened?.destroy();
      },
      (error: unknown) => {
        if (attempt === this.attempt) options.failed(error, next.server);
      },
    );
  }

  abort(): void {
    this.attempt++;
    this.pending?.abort();
    this.pending = null;
  }

  /** Null when the attempt was given up while the name was being resolved. */
  private open({ server, address }: ResolvedServer, attempt: number, timeoutMs: number): Promise<ByteStream | null> {
    if (attempt !== this.attempt) return Promise.resolve(null);
    const { tls } = this;
    this.pending = this.network.connect({
      host: address,
      port: server.port,
      timeoutMs,
      ...(tls === null ? {} : { tls: { servername: server.host, ...tls } }),
    });
    return this.pending.stream;
  }
}
