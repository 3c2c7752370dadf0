import type { Runtime } from '../../runtime/index.js';
import type { SimEvent } from './history.js';
import { Recorder } from './recorder.js';
import { SeededRandom } from './seeded-random.js';
import { SimProcess } from './sim-process.js';
import { Tally } from './tally.js';
import { VirtualClock } from './virtual-clock.js';
import type { Host, TappedConnection } from './virtual-network.js';
import { VirtualNetwork } from './virtual-network.js';
import type { StreamTap } from './virtual-stream.js';
import type { WeatherOptions } from './weather.js';
import { Weather } from './weather.js';

export interface WorldOptions {
  readonly seed: number;
  /** How often processes look for input, ms. */
  readonly turnMs: number;
  readonly weather: WeatherOptions;
  /** Sees every event as it is recorded. */
  readonly observe: (event: SimEvent) => void;
}

/** A process with its address, and all that production code needs to run in it. */
export interface SimHost extends Host {
  readonly runtime: Runtime;
}

export interface HostOptions {
  readonly tap?: (connection: TappedConnection) => StreamTap | null;
  readonly clockRate?: number;
}

/** What everything in one simulation shares: time, chance, the network, and the book in which all is written down. */
export class World {
  readonly clock = new VirtualClock();
  readonly tally = new Tally();
  readonly random: SeededRandom;
  readonly network: VirtualNetwork;
  readonly recorder: Recorder;
  /** Stands for everything outside: it never stalls and never dies. */
  readonly outside: SimProcess;
  private readonly turnMs: number;

  constructor(options: WorldOptions) {
    this.turnMs = options.turnMs;
    this.random = new SeededRandom(options.seed);
    this.network = new VirtualNetwork(this.clock, new Weather(options.weather, this.random.fork('weather')));
    this.recorder = new Recorder(this.clock, options.observe);
    this.outside = this.process('outside');
  }

  /** Starts a process that nothing runs in yet. */
  host(name: string, address: string, { tap, clockRate = 1 }: HostOptions = {}): SimHost {
    const process = this.process(name, clockRate);
    const random = this.random.fork(name);
    const network = this.network.of({ process, address, ...(tap === undefined ? {} : { tap }) });
    return { process, address, runtime: { clock: process, timers: process, random, network } };
  }

  /** Something bad or good is done to the world: written down and counted. */
  fault(kind: string, detail = ''): void {
    this.tally.count(kind);
    this.recorder.fault(detail === '' ? kind : `${kind}: ${detail}`);
  }

  private process(name: string, clockRate = 1): SimProcess {
    return new SimProcess({ clock: this.clock, name, turnMs: this.turnMs, clockRate });
  }
}
