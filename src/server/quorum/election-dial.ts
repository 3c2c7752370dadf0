import type { ByteStream, Network, PendingStream, TlsClientOptions } from '../../runtime/index.js';

export interface ElectionDialOptions {
  /** Tried one after the other; names are looked up each time. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  /** Null: in plain text. */
  readonly tls: TlsClientOptions | null;
  /** For each of them. */
  readonly timeoutMs: number;
}

/** One attempt to connect to another server's election port. */
export class ElectionDial {
  private readonly options: ElectionDialOptions;
  private pending: PendingStream | null = null;
  private isAborted = false;

  constructor(options: ElectionDialOptions) {
    this.options = options;
  }

  /** Calls back in the turn in which there is a stream, unless it is aborted before. */
  start(network: Network, done: (stream: ByteStream) => void, failed: (error: Error) => void): void {
    void this.run(network, done).catch((error: unknown) => {
      if (!this.isAborted) failed(error instanceof Error ? error : new Error(String(error)));
    });
  }

  abort(): void {
    this.isAborted = true;
    this.pending?.abort();
  }

  private async run(network: Network, done: (stream: ByteStream) => void): Promise<void> {
    const { addresses, tls, timeoutMs } = this.options;
    let failure = new Error('no address of it is known');
    for (const { host, port } of addresses) {
      if (this.isAborted) return;
      this.pending = network.connect({ host, port, timeoutMs, ...(tls === null ? {} : { tls }) });
      const stream = await this.pending.stream.catch((error: unknown) => {
        failure = error as Error;
        return null;
      });
      if (stream === null) continue;
      if (this.isAborted) return stream.destroy();
      return done(stream);
    }
    throw failure;
  }
}
