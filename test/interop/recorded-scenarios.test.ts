import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApacheTarget } from '../vectors/support/apache-target.js';
import type { PlannedScenario } from '../vectors/support/replay-plan.js';
import { selectScenarios } from '../vectors/support/replay-plan.js';
import type { ReplayRun } from '../vectors/support/replay-run.js';
import { runPlans } from '../vectors/support/replay-run.js';
import { SERVERS } from '../vectors/support/target.js';
import type { Row } from '../vectors/support/vector-rows.js';

/**
 * Requests one at a time. Past the end of the sequence counter, Apache's answers to requests on their way together depend
 * on how far the first has come when the second is looked at; the recording shows the case of one at a time.
 */
function inLockstep(scenario: PlannedScenario): PlannedScenario {
  if (scenario.name !== 'sequence-overflow-pipelined') return scenario;
  const xidOf = (row: Row): unknown => (row.kind === 'frame' ? row.decoded.header?.['xid'] : undefined);
  const requests = scenario.rows.filter((row) => row.kind === 'frame' && row.dir === 'c2s');
  const replies = scenario.rows.filter((row) => row.kind === 'frame' && row.dir === 's2c');
  const rows = requests.flatMap((row) => [row, ...replies.filter((reply) => xidOf(reply) === xidOf(row))]);
  return { ...scenario, rows };
}

// The replay that pinfold must pass is itself put to the test: the server that the conversations were recorded from
// must pass it, or the replay asks for the wrong thing.
const plans = selectScenarios('3.8.0')
  .plans.filter(({ server }) => SERVERS[server].sid === undefined)
  .map(({ server, scenarios }) => ({ server, scenarios: scenarios.map(inLockstep) }));
/** A scenario waits for those before it on its server, and a loaded machine is slow. */
const PLAN_TIMEOUT_MS = 120_000;

let run: ReplayRun;

beforeAll(() => {
  run = runPlans(plans, { startTarget: startApacheTarget, namesChangeInEvents: false, deviates: false, servers: 2 });
});

afterAll(async () => run.finished, PLAN_TIMEOUT_MS);

describe.each(plans.map((plan) => [plan.server, plan.scenarios] as const))('%s', (_server, scenarios) => {
  it.each(scenarios.map((scenario) => [scenario.file, scenario.name, scenario] as const))(
    '%s %s',
    async (_file, _name, scenario) => {
      await expect(run.outcome(scenario)).resolves.toBeUndefined();
    },
    PLAN_TIMEOUT_MS,
  );
});
