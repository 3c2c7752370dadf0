import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { FrameReader } from './frame-reader.js';

export type Direction = 'to-server' | 'to-client';

/** A reply that the server has given and the proxy keeps back. */
export interface HeldReply {
  /** Passes the reply on. */
  release(): void;
  /** Loses the reply together with its connection, as a network does. */
  lose(): void;
}

const EVENT_XID = -1;

/**
 * A TCP proxy between a client and a server that understands just enough of the protocol to lose chosen messages:
 * it can cut, hold back one direction or both, refuse connections, and swallow the reply to one chosen operation
 * after the server has carried it out. What is held back is delivered when it heals, as TCP would.
 */
export class FaultProxy {
  /** Requests seen, by op code; pings and handshakes are not counted. */
  readonly requests = new Map<number, number>();
  /** Watch events that the server sent. */
  events = 0;
  /** Of the longest frame that a client sent, its four bytes of length not counted. */
  longestRequestBytes = 0;
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #links = new Set<Link>();
  readonly #holed = new Set<Direction>();
  readonly #traps: { op: number; caught: (reply: HeldReply) => void }[] = [];
  #refusing = false;

  private constructor(server: Server, targetPort: number) {
    this.#server = server;
    this.#targetPort = targetPort;
    server.on('connection', (socket) => this.#accept(socket));
  }

  /** Listens on a free port of the loopback interface for a server on `connectString` (`127.0.0.1:port`). */
  static async start(connectString: string): Promise<FaultProxy> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new FaultProxy(server, Number(connectString.split(':')[1]));
  }

  get connectString(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections open at this moment. */
  get connections(): number {
    return this.#links.size;
  }

  requestsOf(op: number): number {
    return this.requests.get(op) ?? 0;
  }

  /** Breaks every open connection; new ones are let in unless `refuse` says otherwise. */
  cut(): void {
    for (const link of [...this.#links]) link.destroy();
  }

  /** While on, a new connection is closed at once. */
  refuse(on: boolean): void {
    this.#refusing = on;
  }

  /** Nothing passes any more in this direction; nobody is told. */
  blackHole(...directions: Direction[]): void {
    for (const direction of directions) this.#holed.add(direction);
  }

  /** Lets everything pass again, what was held back first. */
  heal(): void {
    this.#holed.clear();
    this.#refusing = false;
    for (const link of [...this.#links]) link.flush();
  }

  isHoled(direction: Direction): boolean {
    return this.#holed.has(direction);
  }

  /** Keeps back the next reply to `op`, resolving as soon as the server has given it. */
  holdReply(op: number): Promise<HeldReply> {
    return new Promise((resolve) => this.#traps.push({ op, caught: resolve }));
  }

  /** Lets the server carry out the next `op`, loses the reply and cuts that connection. */
  async swallowReply(op: number): Promise<void> {
    (await this.holdReply(op)).lose();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #accept(client: Socket): void {
    if (this.#refusing) {
      client.destroy();
      return;
    }
    const link = new Link(client, connect({ host: '127.0.0.1', port: this.#targetPort, noDelay: true }), {
      isHoled: (direction) => this.isHoled(direction),
      requested: (op, bytes) => {
        this.requests.set(op, this.requestsOf(op) + 1);
        this.longestRequestBytes = Math.max(this.longestRequestBytes, bytes);
      },
      evented: () => (this.events += 1),
      trap: (op) => {
        const at = this.#traps.findIndex((trap) => trap.op === op);
        return at < 0 ? null : (this.#traps.splice(at, 1)[0]?.caught ?? null);
      },
      closed: () => this.#links.delete(link),
    });
    this.#links.add(link);
  }
}

interface LinkOwner {
  isHoled(direction: Direction): boolean;
  requested(op: number, bytes: number): void;
  evented(): void;
  trap(op: number): ((reply: HeldReply) => void) | null;
  closed(): void;
}

/** One proxied connection: both sockets, and which op each unanswered request was. */
class Link {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #owner: LinkOwner;
  readonly #ops = new Map<number, number>();
  readonly #held: Record<Direction, Buffer[]> = { 'to-server': [], 'to-client': [] };
  #trapped = false;
  #closed = false;

  constructor(client: Socket, server: Socket, owner: LinkOwner) {
    this.#client = client;
    this.#server = server;
    this.#owner = owner;
    const fromClient = new FrameReader();
    const fromServer = new FrameReader();
    client.on('data', (chunk: Buffer) => fromClient.push(chunk).forEach((frame) => this.#request(frame)));
    server.on('data', (chunk: Buffer) => fromServer.push(chunk).forEach((frame) => this.#reply(frame)));
    for (const socket of [client, server]) {
      socket.on('error', () => this.destroy());
      socket.on('close', () => this.destroy());
    }
  }

  flush(): void {
    this.#drain('to-server');
    if (!this.#trapped) this.#drain('to-client');
  }

  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#client.destroy();
    this.#server.destroy();
    this.#owner.closed();
  }

  #request(frame: { bytes: Buffer; isFirst: boolean }): void {
    if (!frame.isFirst) {
      const xid = frame.bytes.readInt32BE(4);
      const op = frame.bytes.readInt32BE(8);
      if (xid > 0) {
        this.#ops.set(xid, op);
        this.#owner.requested(op, frame.bytes.length - 4);
      }
    }
    this.#pass('to-server', frame.bytes);
  }

  #reply(frame: { bytes: Buffer; isFirst: boolean }): void {
    const xid = frame.isFirst ? null : frame.bytes.readInt32BE(4);
    if (xid === EVENT_XID) this.#owner.evented();
    const op = xid === null ? undefined : this.#ops.get(xid);
    if (xid !== null) this.#ops.delete(xid);
    const caught = op === undefined ? null : this.#owner.trap(op);
    if (caught !== null) {
      this.#trapped = true;
      caught({
        release: () => {
          this.#trapped = false;
          this.flush();
        },
        lose: () => this.destroy(),
      });
    }
    this.#pass('to-client', frame.bytes);
  }

  #pass(direction: Direction, bytes: Buffer): void {
    const blocked = this.#owner.isHoled(direction) || (direction === 'to-client' && this.#trapped);
    if (blocked || this.#held[direction].length > 0) this.#held[direction].push(bytes);
    else this.#socketOf(direction).write(bytes);
  }

  #drain(direction: Direction): void {
    if (this.#owner.isHoled(direction)) return;
    for (const bytes of this.#held[direction].splice(0)) this.#socketOf(direction).write(bytes);
  }

  #socketOf(direction: Direction): Socket {
    return direction === 'to-server' ? this.#server : this.#client;
  }
}
