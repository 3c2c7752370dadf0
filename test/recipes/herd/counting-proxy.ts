import { connect, createServer, type Server, type Socket } from 'node:net';
import { FrameSplitter } from '../../../src/protocol/frame-splitter.js';

const FRAME_BYTES_MAX = 64 * 1024 * 1024;

/** A TCP proxy in front of one server that counts the requests of everybody who connects through it. */
export class CountingProxy {
  /** Without handshakes, pings, credentials, and what sets watches again. */
  requests = 0;
  readonly connectString: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, port: number, target: { readonly host: string; readonly port: number }) {
    this.#server = server;
    this.connectString = `127.0.0.1:${port}`;
    server.on('connection', (dialler) => this.#join(dialler, connect({ ...target, noDelay: true })));
  }

  static async start(target: { readonly host: string; readonly port: number }): Promise<CountingProxy> {
    const server = createServer({ noDelay: true });
    const port = await new Promise<number>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' ? (address?.port ?? 0) : 0);
      });
    });
    return new CountingProxy(server, port, target);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(dialler: Socket, target: Socket): void {
    const splitter = new FrameSplitter(FRAME_BYTES_MAX);
    let isGreeting = true;
    dialler.on('data', (chunk) => {
      splitter.push(chunk, (frame, start) => {
        // Requests of the client's user have numbers from 1 on; its own have numbers below 0.
        if (!isGreeting && frame.readInt32BE(start) > 0) this.requests += 1;
        isGreeting = false;
        return true;
      });
    });
    for (const [from, to] of [[dialler, target] as const, [target, dialler] as const]) {
      this.#sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
