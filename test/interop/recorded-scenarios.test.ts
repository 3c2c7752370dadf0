import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApacheTarget } from '../vectors/support/apache-target.js';
import { selectScenarios } from '../vectors/support/replay-plan.js';
import type { ReplayRun } from '../vectors/support/replay-run.js';
import { runPlans } from '../vectors/support/replay-run.js';

// The replay that pinfold must pass is itself put to the test: the server that the conversations were recorded from
// must pass it, or the replay asks for the wrong thing.
const { plans } = selectScenarios('3.8.0');
let run: ReplayRun;

beforeAll(() => {
  run = runPlans(plans, { startTarget: startApacheTarget, namesChangeInEvents: false, servers: 2 });
});

afterAll(async () => run.finished);

describe.each(plans.map((plan) => [plan.server, plan.scenarios] as const))('%s', (_server, scenarios) => {
  it.each(scenarios.map((scenario) => [scenario.file, scenario.name, scenario] as const))(
    '%s %s',
    async (_file, _name, scenario) => {
      await expect(run.outcome(scenario)).resolves.toBeUndefined();
    },
  );
});
