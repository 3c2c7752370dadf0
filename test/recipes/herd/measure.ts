import type { HerdCase, HerdCrowd } from './herd-case.js';
import type { CuratorTroupe } from './curator-troupe.js';
import type { HerdFigures, HerdGround } from './herd-ground.js';

/** What one step cost, on average. */
export interface HerdResult extends HerdFigures {
  readonly id: string;
  readonly recipe: string;
  readonly step: string;
  readonly waiters: number;
  readonly who: 'pinfold' | 'Curator';
}

export interface HerdMeasurement {
  readonly ground: HerdGround;
  readonly herdCase: HerdCase;
  readonly waiters: number;
}

let places = 0;
/** Each. */
const SITTING_MS = 3;

/** Lets a crowd of pinfold's gather, and counts while it does its steps. */
export async function measure({ ground, herdCase, waiters }: HerdMeasurement): Promise<HerdResult> {
  const stage = ground.stage(newPath(herdCase));
  try {
    const crowd = await herdCase.gather(stage, waiters);
    return { ...named(herdCase), who: 'pinfold', waiters, ...(await costOf(ground, crowd, waiters)) };
  } finally {
    await stage.leave();
  }
}

/** The same of a crowd of Curator's. */
export async function measureCurator(
  { ground, herdCase, waiters }: HerdMeasurement,
  troupe: CuratorTroupe,
): Promise<HerdResult> {
  try {
    const crowd = await troupe.gather(herdCase, waiters, newPath(herdCase));
    return { ...named(herdCase), who: 'Curator', waiters, ...(await costOf(ground, crowd, waiters)) };
  } finally {
    await troupe.leave();
  }
}

function newPath({ id }: HerdCase): string {
  return `/herd-${id}-${(places += 1)}`;
}

function named({ id, recipe, step }: HerdCase): Pick<HerdCase, 'id' | 'recipe' | 'step'> {
  return { id, recipe, step };
}

/** Of one step. */
async function costOf(ground: HerdGround, { steps, step }: HerdCrowd, waiters: number): Promise<HerdFigures> {
  // A thousand who have come may take a while to sit down.
  const before = await ground.quiet(waiters * SITTING_MS);
  let after = before;
  for (let left = steps; left > 0; left--) {
    await step();
    // Whoever was woken for nothing settles down before the next step.
    after = await ground.quiet();
  }
  return {
    events: (after.events - before.events) / steps,
    requests: (after.requests - before.requests) / steps,
  };
}
