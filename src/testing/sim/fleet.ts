import type { Operator } from './ensemble/operator.js';
import type { Violation } from './history.js';
import type { SeededRandom } from './seeded-random.js';
import type { ServerHost } from './server-host.js';

/** How one promise was broken; the events are the last ones. */
export type Violate = (rule: Violation['rule'], message: string) => void;

export interface FleetOptions {
  readonly hosts: readonly ServerHost[];
  /** The one that leads, as far as anybody outside can tell. */
  readonly leader?: () => ServerHost | null;
  /** Those who vote, by what their devices have. */
  readonly voters?: () => readonly number[];
  /** Changes which of them are members. */
  readonly operator?: Operator;
  /** Compares them with each other. */
  readonly look?: () => void;
}

/** All servers of a world: one that is alone, or an ensemble. */
export class Fleet {
  readonly hosts: readonly ServerHost[];
  private readonly options: FleetOptions;

  constructor(options: FleetOptions) {
    this.options = options;
    this.hosts = options.hosts;
  }

  /** For clients: all addresses. */
  get connectString(): string {
    return this.hosts.map(({ connectString }) => connectString).join();
  }

  /** All of them serve. */
  get isServing(): boolean {
    return this.hosts.every(({ isServing }) => isServing);
  }

  /** None of them serves. */
  get isDown(): boolean {
    return this.hosts.every(({ isServing }) => !isServing);
  }

  get leader(): ServerHost | null {
    return this.options.leader?.() ?? null;
  }

  get voters(): readonly number[] | null {
    return this.options.voters?.() ?? null;
  }

  get operator(): Operator | null {
    return this.options.operator ?? null;
  }

  /** After every step of the world. */
  look(): void {
    this.options.look?.();
  }

  start(): void {
    for (const host of this.hosts) host.start();
  }

  /** One to strike: the leader more often than others. */
  victim(random: SeededRandom): ServerHost | undefined {
    const running = this.hosts.filter(({ isRunning }) => isRunning);
    if (running.length < 2) return running[0];
    const { leader } = this;
    return leader !== null && leader.isRunning && random.chance(0.4) ? leader : random.oneOf(running);
  }

  /** Disks are well again. */
  heal(): void {
    for (const { disk } of this.hosts) disk.heal();
  }
}
