import type { ByteStream, ByteStreamHandlers } from '../../runtime/index.js';
import type { Pipe, Receiver } from './pipe.js';
import type { SimProcess } from './sim-process.js';

/** How long a peer may take to fetch what is left for it, and then to close its side: as on real sockets. */
const LAST_WORDS_MS = 5000;
const LINGER_MS = 1000;

/** Sees all bytes of one end of a connection. */
export interface StreamTap {
  /** Handed to the network by the owner of the stream. */
  sent(bytes: Buffer): void;
  /** About to be handed to the owner. */
  received(bytes: Buffer): void;
  /** Nothing more comes or goes. */
  closed(): void;
}

export interface VirtualStreamOptions {
  readonly process: SimProcess;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localPort: number;
  /** An accepted stream stays open for answers when its peer has said all it wants. */
  readonly isAccepted: boolean;
  readonly tap: StreamTap | null;
  readonly closed: () => void;
}

/** One end of a connection between two simulated processes. */
export class VirtualStream implements ByteStream, Receiver {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localPort: number;
  readonly encrypted = false;
  readonly peerCertificateSubject = null;
  /** What this end sends, and what it gets: set by the link. */
  outgoing!: Pipe;
  incoming!: Pipe;
  /** Told by the link: what happens to bytes that are written now. */
  fateOfWrites: () => 'travel' | 'vanish' | 'reset' = () => 'travel';
  private readonly options: VirtualStreamOptions;
  private handlers: ByteStreamHandlers | null = null;
  private state: 'open' | 'ending' | 'closed' = 'open';
  private hasPeerEnded = false;
  private hasEndLeft = false;

  constructor(options: VirtualStreamOptions) {
    this.options = options;
    this.remoteAddress = options.remoteAddress;
    this.remotePort = options.remotePort;
    this.localPort = options.localPort;
  }

  get process(): SimProcess {
    return this.options.process;
  }

  get isClosed(): boolean {
    return this.state === 'closed';
  }

  get bufferedBytes(): number {
    return this.outgoing.unsentBytes;
  }

  listen(handlers: ByteStreamHandlers): void {
    this.handlers = handlers;
    if (this.isClosed) this.process.input(0, () => handlers.close(null));
    else this.incoming.letGo();
  }

  write(bytes: Buffer): boolean {
    if (this.state !== 'open') return false;
    this.options.tap?.sent(bytes);
    const fate = this.fateOfWrites();
    if (fate === 'reset') this.process.input(1, () => this.lose(connectionReset()));
    return fate === 'travel' ? this.outgoing.send(bytes) : true;
  }

  /** What is lent is used again at once, so it is copied. */
  lend(bytes: Buffer): boolean {
    this.write(Buffer.from(bytes));
    return true;
  }

  pause(): void {
    this.incoming.holdBack();
  }

  resume(): void {
    this.incoming.letGo();
  }

  end(): void {
    if (this.state !== 'open') return;
    this.state = 'ending';
    this.process.after(LAST_WORDS_MS, () => this.destroy());
    this.outgoing.finish(() => {
      this.hasEndLeft = true;
      if (this.hasPeerEnded) this.close(null);
      else this.process.after(LINGER_MS, () => this.destroy());
    });
    this.incoming.letGo();
  }

  destroy(): void {
    this.close(null);
  }

  /** The connection is gone, and this end has noticed. */
  lose(error: Error): void {
    this.outgoing.cut();
    this.close(error);
  }

  drained(): void {
    if (!this.isClosed) this.handlers?.drain?.();
  }

  received(chunk: Buffer): void {
    if (this.isClosed) return;
    this.options.tap?.received(chunk);
    this.handlers?.data(chunk);
  }

  finished(): void {
    if (this.isClosed) return;
    this.hasPeerEnded = true;
    this.handlers?.end?.();
    if (this.isClosed) return;
    if (this.hasEndLeft) this.close(null);
    else if (!this.options.isAccepted) this.end();
  }

  private close(error: Error | null): void {
    if (this.isClosed) return;
    this.state = 'closed';
    this.incoming.cut();
    this.options.tap?.closed();
    this.options.closed();
    const { handlers } = this;
    if (handlers !== null) this.process.input(0, () => handlers.close(error));
  }
}

export function connectionReset(): Error {
  return Object.assign(new Error('connection reset'), { code: 'ECONNRESET' });
}
