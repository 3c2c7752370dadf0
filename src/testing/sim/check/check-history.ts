import type { FinalState, SimEvent, Violation } from '../history.js';
import { agreement } from './agreement.js';
import type { Tally } from '../tally.js';
import type { CheckRule } from './check-rule.js';
import { contenders } from './contenders.js';
import { ephemerals } from './ephemerals.js';
import { freshReads } from './fresh-reads.js';
import type { Servers } from './calls.js';
import { Known } from './known.js';
import { linearizable } from './linearizable.js';
import { origins } from './origins.js';
import { ownOrder } from './own-order.js';
import { sequenceSuffixes } from './sequence-suffixes.js';
import { sessionLives } from './session-lives.js';
import { stats } from './stats.js';
import { survival } from './survival.js';
import { watchHandles } from './watch-handles.js';
import { wireWatches } from './wire-watches.js';
import { writeOrder } from './write-order.js';

const rules: readonly CheckRule[] = [
  survival,
  agreement,
  stats,
  origins,
  writeOrder,
  ownOrder,
  freshReads,
  wireWatches,
  watchHandles,
  sessionLives,
  ephemerals,
  sequenceSuffixes,
  contenders,
  linearizable,
];

/** Holds a whole run against every promise. What can be seen while it runs is left to {@link StepChecks}. */
export function checkHistory(run: {
  readonly events: readonly SimEvent[];
  readonly servers: Servers;
  readonly final: FinalState;
  readonly tally: Tally;
}): Violation[] {
  const { events, servers, final, tally } = run;
  const known = new Known(events, servers);
  return rules.flatMap((rule) => rule(known, final, tally));
}
