import { Client } from '../../client/client.js';
import type { ClientOptions } from '../../client/client-options.js';
import { recordSessions } from './session-recorder.js';
import { WireTap } from './wire-tap.js';
import type { Actor } from './workload/scene.js';
import type { SimHost, World } from './world.js';

export interface SimClientOptions extends ClientOptions {
  readonly connectString: string;
  readonly clockRate: number;
}

/** A process in which one production client runs. */
export class SimClient implements Actor {
  readonly number: number;
  readonly host: SimHost;
  readonly client: Client;
  private readonly world: World;

  constructor(world: World, number: number, { connectString, clockRate, ...options }: SimClientOptions) {
    this.world = world;
    this.number = number;
    this.host = world.host(`client-${number}`, `client-${number}`, {
      tap: () => this.tap(),
      clockRate,
    });
    this.client = new Client(connectString, { ...options, runtime: this.host.runtime });
    recordSessions(this, world);
  }

  get name(): string {
    return this.host.process.name;
  }

  get isAlive(): boolean {
    return this.host.process.isAlive;
  }

  /** Its event loop stands still. */
  stall(ms: number): void {
    const { world, number } = this;
    world.recorder.record({ kind: 'stall', client: number, state: 'begins' });
    this.host.process.stall(ms);
    world.outside.after(ms, () => world.recorder.record({ kind: 'stall', client: number, state: 'ends' }));
  }

  /** The process is killed: its session ends when its time is up. */
  kill(): void {
    this.world.recorder.record({ kind: 'death', client: this.number });
    this.host.process.die();
    this.world.network.died(this.host, 'process');
    this.world.recorder.record({ kind: 'death', client: this.number });
  }

  /** Resolves after so long on this process's own clock. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.host.process.after(ms, resolve));
  }

  private tap(): WireTap {
    const { recorder, clock } = this.world;
    const connection = recorder.nextNumber();
    return new WireTap({
      nowMs: () => clock.nowMs,
      record: (session, frame) => recorder.record({ kind: 'wire', client: this.number, connection, session, frame }),
    });
  }
}
