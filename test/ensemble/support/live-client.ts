import { Client } from '../../../src/client/client.js';
import type { ClientOptions } from '../../../src/client/client-options.js';
import { recordSessions } from '../../../src/testing/sim/session-recorder.js';
import { WireTap } from '../../../src/testing/sim/wire-tap.js';
import type { Actor } from '../../../src/testing/sim/workload/scene.js';
import type { LiveScene } from './live-scene.js';
import { tappedRuntime } from './tapped-runtime.js';

/** A production client on the real network; all that it learns is written down. */
export class LiveClient implements Actor {
  readonly number: number;
  readonly client: Client;
  private readonly scene: LiveScene;

  constructor(
    scene: LiveScene,
    { number, connectString, ...options }: ClientOptions & { number: number; connectString: string },
  ) {
    this.scene = scene;
    this.number = number;
    this.client = new Client(connectString, { ...options, runtime: tappedRuntime(() => this.tap()) });
    recordSessions(this, scene);
  }

  get name(): string {
    return `client-${this.number}`;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  private tap(): WireTap {
    const { recorder } = this.scene;
    const connection = recorder.nextNumber();
    return new WireTap({
      nowMs: () => this.scene.nowMs,
      record: (session, frame) => recorder.record({ kind: 'wire', client: this.number, connection, session, frame }),
    });
  }
}
