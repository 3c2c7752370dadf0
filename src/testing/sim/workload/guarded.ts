import type { Scene } from './scene.js';

/** On its way to what the lock protects, ms. */
const TRAVEL_MAX_MS = 200;

/** Something that a lock protects, outside of everything: it takes a write unless it has seen a larger token. */
export class Guarded {
  private readonly world: Scene;
  private readonly lock: string;
  private largestToken = 0;

  constructor(world: Scene, lock: string) {
    this.world = world;
    this.lock = lock;
  }

  /** Sends a write there; it arrives even if the sender dies. */
  write(client: number, token: number): void {
    const { world, lock } = this;
    world.outside.input(world.random.skewed(0, TRAVEL_MAX_MS), () => {
      const accepted = token >= this.largestToken;
      this.largestToken = Math.max(this.largestToken, token);
      world.tally.count(`guarded write: ${accepted ? 'accepted' : 'refused'}`);
      world.recorder.record({ kind: 'guarded', client, lock, token, accepted });
    });
  }
}
