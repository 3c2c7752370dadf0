import type { SeededRandom } from '../seeded-random.js';
import type { Electorate } from './voters.js';

/** What kind of ensemble a world has. */
export interface EnsemblePlan extends Electorate {
  /** They hear what was decided, and decide nothing. */
  readonly observers: readonly number[];
  /** Ticks. */
  readonly initLimit: number;
  readonly syncLimit: number;
  /** Somebody changes who the members are. */
  readonly isChanged: boolean;
}

/** How many ensembles get other members while they run. */
const CHANGED_SHARE = 0.3;

export function ensemblePlanOf(random: SeededRandom): EnsemblePlan {
  const participants = random.pick([3, 3, 3, 5]);
  const observers = random.chance(0.2) ? 1 : 0;
  const sids = Array.from({ length: participants + observers }, (_, index) => index + 1);
  const hasWeights = random.chance(0.1);
  const electorate = { participants: sids.slice(0, participants), observers: sids.slice(participants) };
  return {
    ...electorate,
    ...(hasWeights ? weighted(electorate.participants) : { groups: [], weights: new Map<number, number>() }),
    initLimit: random.pick([5, 10]),
    syncLimit: random.pick([2, 3, 5]),
    isChanged: !hasWeights && random.fork('reconfiguration').chance(CHANGED_SHARE),
  };
}

/** One group, in which the first has two votes and the last none: it never leads, and it is never missed. */
function weighted(participants: readonly number[]): Pick<Electorate, 'groups' | 'weights'> {
  const last = participants.at(-1) ?? 1;
  return {
    groups: [participants],
    weights: new Map([
      [1, 2],
      [last, 0],
    ]),
  };
}
