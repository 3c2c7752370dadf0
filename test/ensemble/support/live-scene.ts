import type { SimEvent } from '../../../src/testing/sim/history.js';
import { Recorder } from '../../../src/testing/sim/recorder.js';
import { SeededRandom } from '../../../src/testing/sim/seeded-random.js';
import { Tally } from '../../../src/testing/sim/tally.js';
import type { Scene } from '../../../src/testing/sim/workload/scene.js';

/** The real world as a place for the simulator's users: events are written down as they happen in this process. */
export class LiveScene implements Scene {
  readonly recorder: Recorder;
  readonly tally = new Tally();
  readonly random: SeededRandom;
  readonly outside = {
    input: (ms: number, fn: () => void): void => {
      setTimeout(fn, ms).unref();
    },
  };
  private readonly startedMs = performance.now();

  constructor(seed: number, observe: (event: SimEvent) => void) {
    this.random = new SeededRandom(seed);
    this.recorder = new Recorder(this, observe);
  }

  /** Since this scene was made. */
  get nowMs(): number {
    return performance.now() - this.startedMs;
  }
}
