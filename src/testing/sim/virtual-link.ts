import { Pipe } from './pipe.js';
import type { RoadMap } from './road.js';
import type { Weather } from './weather.js';
import type { SimProcess } from './sim-process.js';
import type { StreamTap, VirtualStream as Stream } from './virtual-stream.js';
import { VirtualStream, connectionReset } from './virtual-stream.js';

/** Between two attempts of a system to get its bytes through, ms. */
const SEND_AGAIN_MS = 1000;

/** One of the two processes that a connection joins. */
export interface LinkEnd {
  readonly process: SimProcess;
  readonly address: string;
  readonly port: number;
  readonly tap: StreamTap | null;
  readonly closed: () => void;
}

export interface LinkOptions {
  readonly weather: Weather;
  readonly roads: RoadMap;
  readonly client: LinkEnd;
  readonly server: LinkEnd;
  /** Whether nothing at all answers at an address: the machine is off. */
  readonly isDark: (address: string) => boolean;
}

export type Side = 'client' | 'server';

/** A connection: two ends and the two ways between them. */
export class VirtualLink {
  readonly client: VirtualStream;
  readonly server: VirtualStream;
  private readonly options: LinkOptions;
  private readonly vanished = new Set<Stream>();
  /** Ends whose system sends again and again what nobody acknowledges. */
  private readonly unheard = new Set<Stream>();

  constructor(options: LinkOptions) {
    this.options = options;
    const { client, server } = options;
    this.client = this.end(client, server, false);
    this.server = this.end(server, client, true);
    this.join(this.client, this.server);
    this.join(this.server, this.client);
    // Nothing flows before somebody listens.
    this.client.incoming.holdBack();
    this.server.incoming.holdBack();
    this.client.fateOfWrites = () => this.fateOf(this.client, this.server);
    this.server.fateOfWrites = () => this.fateOf(this.server, this.client);
  }

  get isOpen(): boolean {
    return !this.client.isClosed || !this.server.isClosed;
  }

  stream(side: Side): VirtualStream {
    return side === 'client' ? this.client : this.server;
  }

  /** Both ends are told that the connection is gone, or only one: the other finds out when it writes. */
  reset(who: Side | 'both' = 'both'): void {
    for (const side of ['client', 'server'] as const) {
      const stream = this.stream(side);
      if (who === side || who === 'both') stream.process.input(0, () => stream.lose(connectionReset()));
      else {
        const isUnheard = this.isUnheard(stream);
        stream.outgoing.cut();
        if (isUnheard) this.sendAgain(stream);
      }
    }
  }

  /** What the server answers next never arrives, but for its first bytes perhaps; the request it answers did. */
  loseNextReply(partArrives: boolean): void {
    this.client.incoming.breakOff = (bytes) => {
      this.reset();
      return partArrives ? bytes >> 1 : 0;
    };
  }

  /** The process of one end is dead. Its system closes the connection; when the whole machine is gone, nobody does. */
  ownerDied(side: Side, how: 'process' | 'machine'): void {
    const stream = this.stream(side);
    if (how === 'machine') this.vanished.add(stream);
    stream.outgoing.dropUnsent();
    if (how === 'machine') stream.outgoing.cut();
    const other = this.otherOf(stream);
    const isUnheard = this.isUnheard(other);
    stream.destroy();
    if (how === 'machine' && isUnheard) this.sendAgain(other);
  }

  private end(own: LinkEnd, other: LinkEnd, isAccepted: boolean): VirtualStream {
    const stream: VirtualStream = new VirtualStream({
      process: own.process,
      remoteAddress: other.address,
      remotePort: other.port,
      localPort: own.port,
      isAccepted,
      tap: own.tap,
      closed: () => {
        this.closed(stream);
        own.closed();
      },
    });
    return stream;
  }

  private join(from: VirtualStream, to: VirtualStream): void {
    const pipe = new Pipe({
      weather: this.options.weather,
      road: this.options.roads.road(to.remoteAddress, from.remoteAddress),
      from: from.process,
      to: to.process,
      receiver: to,
      drained: () => from.drained(),
    });
    from.outgoing = pipe;
    to.incoming = pipe;
  }

  /** One end was closed: the other reads what is on the way, then the end, or is cut off by a reset. */
  private closed(stream: VirtualStream): void {
    if (this.vanished.has(stream)) return;
    const other = this.otherOf(stream);
    if (other.isClosed) return;
    stream.outgoing.dropUnsent();
    if (this.options.weather.isAbrupt() && this.isPassable(stream)) {
      other.process.input(this.options.weather.travelMs(0), () => other.lose(connectionReset()));
    } else {
      stream.outgoing.finish(() => undefined);
    }
  }

  private fateOf(stream: VirtualStream, peer: VirtualStream): 'travel' | 'vanish' | 'reset' {
    if (!peer.isClosed && !stream.outgoing.isBroken) return 'travel';
    if (this.isAnswered(stream)) return 'reset';
    this.sendAgain(stream);
    return 'vanish';
  }

  private isUnheard({ outgoing }: Stream): boolean {
    return outgoing.travellingBytes + outgoing.unsentBytes > 0;
  }

  /** Until whoever hears it says that it knows nothing of this connection. */
  private sendAgain(stream: VirtualStream): void {
    if (this.unheard.has(stream)) return;
    this.unheard.add(stream);
    const again = (): void => {
      if (stream.isClosed) return;
      if (this.isAnswered(stream)) stream.lose(connectionReset());
      else stream.process.input(SEND_AGAIN_MS, again);
    };
    stream.process.input(SEND_AGAIN_MS, again);
  }

  /** Whether somebody at the other address hears this end, and can answer. */
  private isAnswered(stream: VirtualStream): boolean {
    const isDark = this.options.isDark(stream.remoteAddress);
    return !isDark && this.isPassable(stream) && this.isPassable(this.otherOf(stream));
  }

  private otherOf(stream: VirtualStream): VirtualStream {
    return stream === this.client ? this.server : this.client;
  }

  /** Whether what this end says gets to the other one now. */
  private isPassable(stream: VirtualStream): boolean {
    const { blockedUntilMs } = this.options.roads.road(this.addressOf(stream), stream.remoteAddress);
    return blockedUntilMs <= stream.process.nowMs;
  }

  private addressOf(stream: VirtualStream): string {
    return stream === this.client ? this.options.client.address : this.options.server.address;
  }
}
