import type {
  ByteStream,
  ByteStreamHandlers,
  ConnectTarget,
  Listener,
  ListenOptions,
  Network,
  PendingStream,
  Timers,
} from '../../../src/runtime/index.js';

const LATENCY_MS = 1;

type Accept = (stream: ByteStream) => void;

/** A network in one process and in virtual time: every byte takes a millisecond, and any link can be cut or fall silent. */
export class VirtualNetwork implements Network {
  /** What names stand for; a name that is not here is its own address. */
  readonly names = new Map<string, string[]>();
  /** `address:port` of every attempt to connect, in order. */
  readonly attempts: string[] = [];
  readonly links = new Set<VirtualLink>();
  readonly #timers: Timers;
  readonly #listeners = new Map<string, Accept>();
  /** `address:port` that swallow what is sent to them: no refusal, no answer. */
  readonly blackHoles = new Set<string>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  async resolve(host: string): Promise<string[]> {
    const addresses = this.names.get(host) ?? [host];
    if (addresses.length === 0) throw new Error(`the name ${host} is not known`);
    return addresses;
  }

  connect(target: ConnectTarget): PendingStream {
    const place = `${target.host}:${target.port}`;
    this.attempts.push(place);
    let isGivenUp = false;
    let giveUp: (error: Error) => void = () => undefined;
    const stream = new Promise<ByteStream>((resolve, reject) => {
      giveUp = reject;
      this.#timers.after(LATENCY_MS, () => {
        if (this.blackHoles.has(place) || isGivenUp) return;
        const accept = this.#listeners.get(place);
        if (accept === undefined) {
          reject(new Error(`connection refused by ${place}`));
          return;
        }
        const link = new VirtualLink(this.#timers, () => this.links.delete(link));
        this.links.add(link);
        accept(link.server);
        resolve(link.client);
      });
    });
    return {
      stream,
      abort: () => {
        isGivenUp = true;
        giveUp(new Error('given up'));
      },
    };
  }

  async listen({ host = '127.0.0.1', port }: ListenOptions, onStream: Accept): Promise<Listener> {
    const place = `${host}:${port}`;
    this.#listeners.set(place, onStream);
    return { address: host, port, close: async () => void this.#listeners.delete(place) };
  }
}

/** Two ends of one connection. */
export class VirtualLink {
  readonly client: VirtualStream;
  readonly server: VirtualStream;
  /** Bytes vanish in both directions, and nobody is told. */
  isSilent = false;

  constructor(timers: Timers, onClosed: () => void) {
    this.client = new VirtualStream(timers, this, onClosed);
    this.server = new VirtualStream(timers, this, onClosed);
    this.client.peer = this.server;
    this.server.peer = this.client;
  }

  /** As when a cable is pulled and both ends notice. */
  cut(): void {
    this.client.lose(new Error('connection reset'));
    this.server.lose(new Error('connection reset'));
  }
}

export class VirtualStream implements ByteStream {
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort = 1;
  readonly localPort = 2;
  readonly encrypted = false;
  readonly peerCertificateSubject = null;
  peer!: VirtualStream;
  /** Calls of write: what went out in one piece. */
  writes = 0;
  /** The answer of `write`; false as from a socket that is full. */
  hasRoom = true;
  readonly #timers: Timers;
  readonly #link: VirtualLink;
  readonly #onClosed: () => void;
  #handlers: ByteStreamHandlers | null = null;
  #isClosed = false;

  constructor(timers: Timers, link: VirtualLink, onClosed: () => void) {
    this.#timers = timers;
    this.#link = link;
    this.#onClosed = onClosed;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get bufferedBytes(): number {
    return this.hasRoom ? 0 : 1;
  }

  listen(handlers: ByteStreamHandlers): void {
    this.#handlers = handlers;
  }

  write(bytes: Buffer): boolean {
    this.writes++;
    const sent = Buffer.from(bytes);
    if (!this.#link.isSilent) this.#timers.after(LATENCY_MS, () => this.peer.#receive(sent));
    return this.hasRoom;
  }

  lend(bytes: Buffer): boolean {
    this.write(bytes);
    return true;
  }

  drain(): void {
    this.hasRoom = true;
    this.#handlers?.drain?.();
  }

  pause(): void {
    // Nothing is held back.
  }

  resume(): void {
    // Nothing was held back.
  }

  end(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.#isClosed) return;
    this.lose(null);
    if (!this.#link.isSilent) this.#timers.after(LATENCY_MS, () => this.peer.lose(null));
  }

  lose(error: Error | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#onClosed();
    this.#timers.after(0, () => this.#handlers?.close(error));
  }

  #receive(bytes: Buffer): void {
    if (!this.#isClosed && !this.#link.isSilent) this.#handlers?.data(bytes);
  }
}
