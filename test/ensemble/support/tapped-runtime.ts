import { nodeRuntime } from '../../../src/runtime/index.js';
import type {
  ByteStream,
  ByteStreamHandlers,
  ConnectTarget,
  PendingStream,
  Runtime,
} from '../../../src/runtime/index.js';
import type { StreamTap } from '../../../src/testing/sim/virtual-stream.js';

/** The real clock, chance and network, but somebody listens to each connection that is made. */
export function tappedRuntime(tap: () => StreamTap): Runtime {
  const runtime = nodeRuntime();
  const connect = (target: ConnectTarget): PendingStream => {
    const pending = runtime.network.connect(target);
    const stream = pending.stream.then((made) => new TappedStream(made, tap()));
    return { stream, abort: () => pending.abort() };
  };
  const { network } = runtime;
  return {
    ...runtime,
    network: {
      connect,
      resolve: (host) => network.resolve(host),
      listen: (options, onStream) => network.listen(options, onStream),
    },
  };
}

class TappedStream implements ByteStream {
  private readonly stream: ByteStream;
  private readonly tap: StreamTap;
  private isClosed = false;

  constructor(stream: ByteStream, tap: StreamTap) {
    this.stream = stream;
    this.tap = tap;
  }

  get remoteAddress(): string {
    return this.stream.remoteAddress;
  }

  get remotePort(): number {
    return this.stream.remotePort;
  }

  get localPort(): number {
    return this.stream.localPort;
  }

  get encrypted(): boolean {
    return this.stream.encrypted;
  }

  get peerCertificateSubject(): string | null {
    return this.stream.peerCertificateSubject;
  }

  get bufferedBytes(): number {
    return this.stream.bufferedBytes;
  }

  listen(handlers: ByteStreamHandlers): void {
    this.stream.listen({
      data: (chunk) => {
        if (!this.isClosed) this.tap.received(chunk);
        handlers.data(chunk);
      },
      drain: () => handlers.drain?.(),
      end: () => handlers.end?.(),
      close: (error) => {
        this.closed();
        handlers.close(error);
      },
    });
  }

  write(bytes: Buffer): boolean {
    if (!this.isClosed) this.tap.sent(bytes);
    return this.stream.write(bytes);
  }

  lend(bytes: Buffer): boolean {
    if (!this.isClosed) this.tap.sent(bytes);
    return this.stream.lend(bytes);
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  end(): void {
    this.stream.end();
  }

  destroy(): void {
    this.closed();
    this.stream.destroy();
  }

  private closed(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.tap.closed();
  }
}
