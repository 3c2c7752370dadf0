import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { TestServer } from '../../../src/testing/index.js';
import { startServer } from '../../../src/testing/index.js';
import type { FuzzWorld } from './fuzz-world.js';
import { textOf } from './fuzz-world.js';
import type { Peer } from './memory-stream.js';

const FRAME_BYTES_MAX = 16_384;
const ANSWER_TIMEOUT_MS = 20_000;

/** A server of this process behind real sockets, in real time. */
export class SocketWorld implements FuzzWorld {
  readonly frameBytesMax = FRAME_BYTES_MAX;
  readonly sessionTimeoutMs = 120_000;
  private readonly server: TestServer;
  private readonly peers = new Set<SocketPeer>();

  private constructor(server: TestServer) {
    this.server = server;
  }

  static async start(): Promise<SocketWorld> {
    const settings = { 'jute.maxbuffer': FRAME_BYTES_MAX, globalOutstandingLimit: 20, snapCount: 150 };
    return new SocketWorld(await startServer({ config: settings }));
  }

  connect(): Peer {
    const peer = new SocketPeer(connect(this.server.port, '127.0.0.1'));
    this.peers.add(peer);
    void peer.closed.then(() => this.peers.delete(peer));
    return peer;
  }

  async until(what: string | (() => string), reached: () => boolean): Promise<void> {
    const deadlineMs = performance.now() + ANSWER_TIMEOUT_MS;
    while (!reached()) {
      if (performance.now() > deadlineMs) throw new Error(`not within ${ANSWER_TIMEOUT_MS} ms: ${textOf(what)}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async wait(): Promise<boolean> {
    return false;
  }

  async close(): Promise<void> {
    for (const peer of this.peers) peer.hangUp();
    await this.server.close();
  }
}

class SocketPeer implements Peer {
  onBytes: (bytes: Buffer) => void = () => undefined;
  readonly closed: Promise<void>;
  private readonly socket: Socket;
  private hasClosed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.onBytes(bytes));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.hasClosed = true;
        resolve();
      });
    });
  }

  get isClosed(): boolean {
    return this.hasClosed;
  }

  send(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  finish(): void {
    this.socket.end();
  }

  hangUp(): void {
    this.socket.destroy();
  }

  stall(stalled: boolean): void {
    if (stalled) this.socket.pause();
    else this.socket.resume();
  }
}
