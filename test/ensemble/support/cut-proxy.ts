import { connect, createServer, type Server, type Socket } from 'node:net';

export type Way = 'forth' | 'back';

export interface CutProxyOptions {
  readonly targetPort: number;
  /** What the target is to hear instead of the first that the dialler says. */
  readonly reword?: (first: Buffer) => Buffer;
}

/** A TCP proxy on the loopback interface between one who dials and one who listens, to be stalled and broken at will. */
export class CutProxy {
  private readonly server: Server;
  private readonly links = new Set<Link>();
  private readonly silent = new Set<Way>();

  private constructor(server: Server, options: CutProxyOptions) {
    this.server = server;
    server.on('connection', (dialler) => {
      const isSilent = (way: Way): boolean => this.silent.has(way);
      const link = new Link(dialler, { ...options, isSilent, closed: () => this.links.delete(link) });
      this.links.add(link);
    });
  }

  static async start(port: number, options: CutProxyOptions): Promise<CutProxy> {
    // What the target closes is closed for the dialler by us, and not by Node.
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return new CutProxy(server, options);
  }

  /** Bytes, connections and ends of connections stay where they are, until `heal`. */
  silence(way: Way): void {
    this.silent.add(way);
    for (const link of this.links) link.look();
  }

  heal(): void {
    this.silent.clear();
    for (const link of this.links) link.look();
  }

  /** Breaks every connection. */
  reset(): void {
    for (const link of [...this.links]) link.destroy();
  }

  async stop(): Promise<void> {
    this.reset();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

interface LinkOptions extends CutProxyOptions {
  readonly isSilent: (way: Way) => boolean;
  readonly closed: () => void;
}

/** One proxied connection. Whoever reads nothing of a socket lets TCP hold up whoever writes. */
class Link {
  private readonly dialler: Socket;
  private readonly options: LinkOptions;
  private target: Socket | null = null;
  private isClosed = false;
  private hasSpoken = false;

  constructor(dialler: Socket, options: LinkOptions) {
    this.dialler = dialler;
    this.options = options;
    this.watch(dialler, 'forth');
    this.look();
  }

  /** Lets flow what may. */
  look(): void {
    const { dialler, options } = this;
    if (this.isClosed) return;
    const mayDial = !options.isSilent('forth') && !options.isSilent('back');
    if (this.target === null && mayDial) this.dial();
    const { target } = this;
    const isOver = (socket: Socket | null, way: Way): boolean => socket?.destroyed === true && !options.isSilent(way);
    if (isOver(dialler, 'forth') || isOver(target, 'back')) return this.destroy();
    if (target === null || options.isSilent('forth')) dialler.pause();
    else dialler.resume();
    if (options.isSilent('back')) target?.pause();
    else target?.resume();
  }

  destroy(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const socket of [this.dialler, this.target]) socket?.resetAndDestroy();
    this.options.closed();
  }

  private dial(): void {
    this.target = connect({
      host: '127.0.0.1',
      port: this.options.targetPort,
      noDelay: true,
      allowHalfOpen: true,
    });
    this.watch(this.target, 'back');
  }

  private watch(socket: Socket, way: Way): void {
    const other = (): Socket | null => (way === 'forth' ? this.target : this.dialler);
    socket.on('data', (chunk: Buffer) => {
      const to = other();
      if (to?.write(way === 'forth' ? this.worded(chunk) : chunk) !== false) return;
      socket.pause();
      to.once('drain', () => this.look());
    });
    socket.on('end', () => other()?.end());
    // A dead process resets its connections: while there is silence, nobody is told of that either.
    socket.on('error', () => this.endWhenHeard(way));
    socket.on('close', () => {
      if (this.dialler.closed && (this.target?.closed ?? true)) this.destroy();
    });
  }

  /** Servers write the first that they say at once, so it is read at once. */
  private worded(chunk: Buffer): Buffer {
    if (this.hasSpoken) return chunk;
    this.hasSpoken = true;
    return this.options.reword?.(chunk) ?? chunk;
  }

  private endWhenHeard(way: Way): void {
    if (!this.options.isSilent(way)) this.destroy();
  }
}
