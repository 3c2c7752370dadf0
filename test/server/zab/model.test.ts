import { describe, expect, it } from 'vitest';
import { runSize } from '../../support/run-size.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { type ModelPlan, ModelWorld, type Tally } from './model/model-world.js';

/** ZAB_MODEL_COUNT=20000 runs more worlds, ZAB_MODEL_SEED=n begins with that one. */
const size = runSize('ZAB_MODEL', 300);

function planOf(seed: number): ModelPlan {
  const random = new SeededRandom(seed ^ 0x5eed);
  return {
    seed,
    participants: random.pick([1, 3, 3, 3, 5, 5]),
    observers: random.below(2),
    outsiders: random.below(2),
    steps: random.pick([500, 1500, 3000]),
    wildElections: random.pick([0, 0.1, 0.5]),
    faults: random.pick([0.002, 0.01, 0.03]),
    writes: random.pick([0.1, 0.3, 1]),
    ticks: random.pick([0, 0.01, 0.1, 0.3]),
    isTold: size.isLong && size.count === 1,
  };
}

function run(seed: number, tally: Tally): void {
  const world = new ModelWorld(planOf(seed), tally);
  try {
    world.run();
    world.checkAll();
  } catch (error) {
    if (world.story.length > 0) console.log(world.story.join('\n'));
    throw new Error(`ZAB_MODEL_COUNT=1 ZAB_MODEL_SEED=${seed}: ${(error as Error).message}`, { cause: error });
  }
}

describe('ensembles in which anything may happen', () => {
  it('keep every promise, whatever is lost, late, or broken', { timeout: size.isLong ? 3_600_000 : 120_000 }, () => {
    const tally: Tally = new Map();
    for (let index = 0; index < size.count; index++) run(size.seed + index, tally);
    if (size.isLong) console.log(Object.fromEntries(tally));
    if (size.count < 100) return;
    const mustHappen = [
      'established',
      'committed',
      'serving',
      'crashed',
      'synced at the leader',
      'synced at a learner',
    ];
    for (const what of [...mustHappen, 'DIFF', 'TRUNC', 'SNAP', 'log read']) {
      expect(tally.get(what) ?? 0, what).toBeGreaterThan(0);
    }
  });
});
