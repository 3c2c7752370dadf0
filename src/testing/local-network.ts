import type { ConnectTarget, ListenOptions, Listener, Network, PendingStream, Timers } from '../runtime/index.js';
import type { ByteStream } from '../runtime/index.js';
import { LocalStream } from './local-stream.js';

type Door = (stream: ByteStream) => void;

/**
 * A network for servers of one process: they reach each other under names that no real host has, without a socket and without
 * a port that anybody else could take. Everything else goes the real way.
 */
export class LocalNetwork implements Network {
  private readonly real: Network;
  private readonly timers: Timers;
  private readonly hosts: ReadonlySet<string>;
  private readonly doors = new Map<string, Door>();

  constructor(parts: { readonly real: Network; readonly timers: Timers; readonly hosts: ReadonlySet<string> }) {
    this.real = parts.real;
    this.timers = parts.timers;
    this.hosts = parts.hosts;
  }

  connect(target: ConnectTarget): PendingStream {
    if (!this.hosts.has(target.host)) return this.real.connect(target);
    const stream = new Promise<ByteStream>((resolve, reject) => {
      this.timers.atTurnEnd(() => {
        const door = this.doors.get(nameOf(target));
        if (door === undefined) return reject(new Error(`connect ECONNREFUSED ${nameOf(target)}`));
        const [caller, called] = LocalStream.pair(target.port, this.timers);
        door(called);
        resolve(caller);
      });
    });
    return {
      stream,
      abort: () =>
        void stream.then(
          (opened) => opened.destroy(),
          () => undefined,
        ),
    };
  }

  resolve(host: string): Promise<string[]> {
    return this.hosts.has(host) ? Promise.resolve([host]) : this.real.resolve(host);
  }

  listen(options: ListenOptions, onStream: Door): Promise<Listener> {
    const { host = '', port } = options;
    if (!this.hosts.has(host)) return this.real.listen(options, onStream);
    const name = nameOf({ host, port });
    if (this.doors.has(name)) return Promise.reject(new Error(`listen EADDRINUSE ${name}`));
    this.doors.set(name, onStream);
    const close = (): Promise<void> => {
      this.doors.delete(name);
      return Promise.resolve();
    };
    return Promise.resolve({ address: host, port, close });
  }
}

function nameOf({ host, port }: { host: string; port: number }): string {
  return `${host}:${port}`;
}
