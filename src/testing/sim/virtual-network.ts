import type {
  ByteStream,
  ConnectTarget,
  Listener,
  ListenOptions,
  Network,
  PendingStream,
} from '../../runtime/index.js';
import { RoadMap } from './road.js';
import type { SimProcess } from './sim-process.js';
import type { LinkEnd, Side } from './virtual-link.js';
import { VirtualLink } from './virtual-link.js';
import type { StreamTap } from './virtual-stream.js';
import type { VirtualClock } from './virtual-clock.js';
import type { Weather } from './weather.js';

/** Who uses the network. */
export interface Host {
  readonly process: SimProcess;
  readonly address: string;
  /** Looks at the bytes of each of its connections; null: not at those of this one. */
  readonly tap?: (connection: TappedConnection) => StreamTap | null;
}

/** One end of a connection, before anything went over it. */
export interface TappedConnection {
  /** That it was dialled on. */
  readonly port: number;
  readonly isAccepted: boolean;
  readonly peer: string;
}

interface OpenPort {
  readonly host: Host;
  readonly accept: (stream: ByteStream) => void;
  readonly streams: Set<ByteStream>;
  whenEmpty: (() => void) | null;
}

const FIRST_CLIENT_PORT = 40_000;

/** The network of one simulated world. */
export class VirtualNetwork {
  /** Between all addresses. */
  readonly roads = new RoadMap();
  readonly weather: Weather;
  private readonly ports = new Map<string, OpenPort>();
  private readonly links = new Set<VirtualLink>();
  private readonly dark = new Set<string>();
  private readonly clock: VirtualClock;
  private nextPort = FIRST_CLIENT_PORT;

  constructor(clock: VirtualClock, weather: Weather) {
    this.clock = clock;
    this.weather = weather;
  }

  /** The network as one process sees it. */
  of(host: Host): Network {
    return {
      connect: (target) => this.connect(host, target),
      resolve: async (name) => [name],
      listen: async (options, onStream) => this.listen(host, options, onStream),
    };
  }

  /** Connections that are open, of one address or of all. */
  openLinks(address?: string): VirtualLink[] {
    const open = [...this.links].filter((link) => link.isOpen);
    if (address === undefined) return open;
    return open.filter((link) => link.server.remoteAddress === address || link.client.remoteAddress === address);
  }

  /** Nothing gets to an address or away from it for so long; nobody is told. */
  isolate(host: Host, ms: number): void {
    this.roads.cutOff(host.address, this.clock.nowMs + ms);
  }

  /** Power is back: who still speaks to the machine's earlier life is told that it has ended. */
  lightUp(address: string): void {
    this.dark.delete(address);
  }

  /** A process is dead; `machine`: with everything around it, so that not even its system says good-bye. */
  died(host: Host, how: 'process' | 'machine'): void {
    for (const [place, port] of this.ports) if (port.host.process === host.process) this.ports.delete(place);
    if (how === 'machine') this.dark.add(host.address);
    for (const link of this.links) {
      for (const side of ['client', 'server'] as const satisfies Side[]) {
        if (link.stream(side).process === host.process) link.ownerDied(side, how);
      }
    }
  }

  private connect(host: Host, { host: name, port, timeoutMs }: ConnectTarget): PendingStream {
    const { process } = host;
    const place = `${name}:${port}`;
    let giveUp: (why: string) => void = () => undefined;
    const stream = new Promise<ByteStream>((resolve, reject) => {
      let isOver = false;
      giveUp = (why) => {
        isOver = true;
        reject(new Error(`${place}: ${why}`));
      };
      const timer = process.after(timeoutMs, () => giveUp(`no connection within ${timeoutMs} ms`));
      const answered = (answer: () => void, tooLate?: () => void): void => {
        process.input(this.weather.travelMs(0), () => {
          timer.cancel();
          if (isOver) tooLate?.();
          else answer();
        });
      };
      if (this.isLost(host.address, name)) return;
      const open = this.ports.get(place);
      if (open === undefined) return answered(() => giveUp('connection refused'));
      open.host.process.input(this.weather.travelMs(0), () => {
        if (isOver || this.ports.get(place) !== open) return answered(() => giveUp('connection refused'));
        const link = this.join(host, open, port);
        // Whoever has given up meanwhile hangs up.
        answered(
          () => resolve(link.client),
          () => link.client.destroy(),
        );
      });
    });
    return { stream, abort: () => giveUp('given up') };
  }

  private join(client: Host, open: OpenPort, port: number): VirtualLink {
    const { address } = open.host;
    const clientEnd = { ...this.end(client, { port, isAccepted: false, peer: address }), port: (this.nextPort += 1) };
    const serverEnd = { ...this.end(open.host, { port, isAccepted: true, peer: client.address }), port };
    const link: VirtualLink = new VirtualLink({
      weather: this.weather,
      roads: this.roads,
      client: { ...clientEnd, closed: () => this.forget(link) },
      server: {
        ...serverEnd,
        closed: () => {
          open.streams.delete(link.server);
          if (open.streams.size === 0) open.whenEmpty?.();
          this.forget(link);
        },
      },
      isDark: (address) => this.dark.has(address),
    });
    this.links.add(link);
    open.streams.add(link.server);
    open.accept(link.server);
    return link;
  }

  private end({ process, address, tap }: Host, connection: TappedConnection): Omit<LinkEnd, 'port' | 'closed'> {
    return { process, address, tap: tap?.(connection) ?? null };
  }

  private listen(host: Host, { port }: ListenOptions, accept: (stream: ByteStream) => void): Listener {
    const place = `${host.address}:${port}`;
    if (this.ports.has(place)) throw Object.assign(new Error(`${place} is in use`), { code: 'EADDRINUSE' });
    const open: OpenPort = { host, accept, streams: new Set(), whenEmpty: null };
    this.ports.set(place, open);
    const close = (): Promise<void> => {
      if (this.ports.get(place) === open) this.ports.delete(place);
      return new Promise((resolve) => {
        open.whenEmpty = resolve;
        if (open.streams.size === 0) resolve();
      });
    };
    return { address: host.address, port, close };
  }

  private forget(link: VirtualLink): void {
    if (!link.isOpen) this.links.delete(link);
  }

  /** Whether who dials hears nothing: somewhere there or back it gets lost. */
  private isLost(from: string, to: string): boolean {
    if (this.dark.has(to)) return true;
    const blockedUntilMs = Math.max(this.roads.road(from, to).blockedUntilMs, this.roads.road(to, from).blockedUntilMs);
    return blockedUntilMs > this.clock.nowMs;
  }
}
