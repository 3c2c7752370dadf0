import type { ByteStream, Network, Runtime, Timer, Timers } from '../../../src/runtime/index.js';
import { nodeRuntime } from '../../../src/runtime/index.js';
import { VirtualWorld } from '../../client/support/virtual-world.js';
import { HostileServer } from './hostile-server.js';

/** What a chunk is overwritten with once it was handed out: whoever kept a view of it is found out. */
const SCRIBBLE = 0xee;
const REAL_LIMIT_MS = 20_000;

/** Where a client meets a hostile server. */
export interface HostileWorld {
  readonly server: HostileServer;
  /** For the client. */
  readonly runtime: Runtime;
  readonly timers: CountedTimers;
  /** For who calls the client: those that the client starts are counted. */
  readonly callersTimers: Timers;
  /** Lets that much time pass, or a moment where time is real. */
  pass(ms: number): Promise<void>;
  /** Rejects when it takes too long. */
  until<T>(promise: Promise<T>): Promise<T>;
}

/** Knows how many timers run. */
export class CountedTimers implements Timers {
  readonly #timers: Timers;
  readonly #running = new Set<Timer>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  get running(): number {
    return this.#running.size;
  }

  after(ms: number, fn: () => void): Timer {
    return this.#counted((fire) => this.#timers.after(ms, fire), fn);
  }

  afterUnref(ms: number, fn: () => void): Timer {
    return this.#counted((fire) => this.#timers.afterUnref(ms, fire), fn);
  }

  atTurnEnd(fn: () => void): void {
    this.#timers.atTurnEnd(fn);
  }

  #counted(start: (fire: () => void) => Timer, fn: () => void): Timer {
    const counted: Timer = {
      cancel: () => {
        this.#running.delete(counted);
        timer.cancel();
      },
    };
    const timer = start(() => {
      this.#running.delete(counted);
      fn();
    });
    this.#running.add(counted);
    return counted;
  }
}

/** Time and network in memory: the same draws give the same run. */
export async function virtualWorld(seed: number): Promise<HostileWorld & { readonly virtual: VirtualWorld }> {
  const virtual = new VirtualWorld(seed);
  const timers = new CountedTimers(virtual.runtime.timers);
  return {
    virtual,
    timers,
    callersTimers: virtual.runtime.timers,
    server: await HostileServer.start(virtual.network, 2181),
    runtime: { ...virtual.runtime, timers, network: scribbling(virtual.network) },
    pass: (ms) => virtual.pass(ms),
    until: (promise) => virtual.until(promise),
  };
}

/** Real sockets and real time. */
export async function socketWorld(): Promise<HostileWorld> {
  const real = nodeRuntime();
  const timers = new CountedTimers(real.timers);
  return {
    timers,
    callersTimers: real.timers,
    server: await HostileServer.start(real.network, 0),
    runtime: { ...real, timers, network: scribbling(real.network) },
    pass: async () => {
      for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
    },
    until: (promise) => withinLimit(promise),
  };
}

async function withinLimit<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not settled within ${REAL_LIMIT_MS} ms`)), REAL_LIMIT_MS);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** A network that takes back the bytes it has handed out. */
function scribbling(network: Network): Network {
  return {
    resolve: (host) => network.resolve(host),
    listen: (options, onStream) => network.listen(options, onStream),
    connect: (target) => {
      const pending = network.connect(target);
      return { stream: pending.stream.then(scribbled), abort: () => pending.abort() };
    },
  };
}

function scribbled(stream: ByteStream): ByteStream {
  const listen = stream.listen.bind(stream);
  stream.listen = (handlers) =>
    listen({
      ...handlers,
      data: (chunk) => {
        handlers.data(chunk);
        chunk.fill(SCRIBBLE);
      },
    });
  return stream;
}
