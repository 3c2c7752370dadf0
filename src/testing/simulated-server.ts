import type { Fleet } from './sim/fleet.js';
import type { ServerHost } from './sim/server-host.js';

/** One server of a simulated ensemble. What befalls it is told to the {@link SimulatedWorld}. */
export class SimulatedServer {
  /** Its number in the ensemble, from 1. */
  readonly sid: number;
  /** Its address in the world's network. */
  readonly address: string;
  /** For a client that is to use this server and no other. */
  readonly connectString: string;
  private readonly host: ServerHost;
  private readonly fleet: Fleet;

  /** @internal Worlds make their servers. */
  constructor(host: ServerHost, fleet: Fleet) {
    this.host = host;
    this.fleet = fleet;
    this.sid = host.sid;
    this.address = host.address;
    this.connectString = host.connectString;
  }

  /** Its process runs, though it may stand still or have no leader. */
  get isRunning(): boolean {
    return this.host.isRunning;
  }

  /** It takes clients. */
  get isServing(): boolean {
    return this.host.isServing;
  }

  /** It was the last to be established as leader, and serves. Cut off from the others it does not know better for a while. */
  get isLeading(): boolean {
    return this.isServing && this.fleet.leader === this.host;
  }

  /** The last transaction that it has applied; 0 while it is down. */
  get lastZxid(): number {
    return this.host.lastZxid;
  }
}
