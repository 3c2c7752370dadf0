import type { Listener, Network, Random, Runtime, Timer } from '../../../src/runtime/index.js';
import type { ByteStream, Clock, ListenOptions, Timers } from '../../../src/runtime/index.js';
import { SeededRandom } from '../../../src/testing/sim/seeded-random.js';
import { MemoryStream } from './memory-stream.js';

interface Due {
  readonly atMs: number;
  readonly fn: () => void;
}

/** A runtime whose time moves when it is told to, and whose network is one port in memory. */
export class VirtualRuntime implements Runtime, Clock, Timers {
  readonly clock = this;
  readonly timers = this;
  readonly random: Random;
  readonly network: Network;
  private nowMs = 0;
  private readonly due = new Set<Due>();
  private turnEnds: (() => void)[] = [];
  private streams: MemoryStream[] = [];
  private accept: ((stream: ByteStream) => void) | null = null;
  private connections = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.network = {
      connect: () => {
        throw new Error('a server connects to nobody');
      },
      resolve: async (host) => [host],
      listen: async (options, onStream) => this.listen(options, onStream),
    };
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.nowMs;
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  after(ms: number, fn: () => void): Timer {
    const due = { atMs: this.nowMs + ms, fn };
    this.due.add(due);
    return { cancel: () => this.due.delete(due) };
  }

  afterUnref(ms: number, fn: () => void): Timer {
    return this.after(ms, fn);
  }

  atTurnEnd(fn: () => void): void {
    this.turnEnds.push(fn);
  }

  /** A new connection to the one port that is listened on. */
  connect(): MemoryStream {
    if (this.accept === null) throw new Error('nobody listens');
    this.connections += 1;
    const stream = new MemoryStream(10_000 + (this.connections % 50_000));
    this.streams.push(stream);
    this.accept(stream);
    return stream;
  }

  /** One turn of the event loop: what has come is handed out, what is due at its end done, promises settled. */
  async turn(): Promise<boolean> {
    let happened = false;
    for (const stream of this.streams) happened = stream.pump() || happened;
    if (this.streams.some(({ isClosed }) => isClosed)) this.streams = this.streams.filter(({ isClosed }) => !isClosed);
    const ends = this.turnEnds;
    this.turnEnds = [];
    for (const fn of ends) fn();
    await new Promise((resolve) => setImmediate(resolve));
    return happened || ends.length > 0 || this.turnEnds.length > 0;
  }

  /** Moves time, timer by timer, a turn for each moment at which something was due. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const [next] = [...this.due].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      this.due.delete(next);
      next.fn();
      await this.turn();
    }
    this.nowMs = untilMs;
    await this.turn();
  }

  private listen({ port, host = '127.0.0.1' }: ListenOptions, onStream: (stream: ByteStream) => void): Listener {
    this.accept = onStream;
    return { address: host, port, close: async () => void (this.accept = null) };
  }
}
