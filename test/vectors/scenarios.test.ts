import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviationOf } from './support/deviations.js';
import { startPinfoldTarget } from './support/pinfold-target.js';
import { selectScenarios } from './support/replay-plan.js';
import type { ReplayRun } from './support/replay-run.js';
import { runPlans } from './support/replay-run.js';

const { plans, leftOut, recorded } = selectScenarios('master');
/** A scenario waits for those before it on its server, and a loaded machine is slow. */
const PLAN_TIMEOUT_MS = 120_000;

let run: ReplayRun;
let passed = 0;

beforeAll(() => {
  run = runPlans(plans, { startTarget: startPinfoldTarget, namesChangeInEvents: true, deviates: true, servers: 16 });
});

afterAll(async () => {
  await run.finished;
  const replayed = plans.reduce((sum, { scenarios }) => sum + scenarios.length, 0);
  const reasons = new Map<string, string[]>();
  for (const { name, reason } of leftOut) reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  const lines = [...reasons].map(([reason, names]) => `  ${names.length} left out, ${reason}: ${names.join(', ')}`);
  const deviating = plans.flatMap(({ scenarios }) => scenarios).filter((scenario) => deviationOf(scenario) !== null);
  const meant = deviating.map((scenario) => `  differs on purpose, ${scenario.name}: ${deviationOf(scenario)?.reason}`);
  console.log(
    [`recorded scenarios: ${recorded}, ${replayed} replayed, ${passed} passed`, ...meant, ...lines].join('\n'),
  );
}, PLAN_TIMEOUT_MS);

describe.each(plans.map((plan) => [plan.server, plan.scenarios] as const))('%s', (_server, scenarios) => {
  it.each(scenarios.map((scenario) => [scenario.file, scenario.name, scenario] as const))(
    '%s %s',
    async (_file, _name, scenario) => {
      await expect(run.outcome(scenario)).resolves.toBeUndefined();
      passed += 1;
    },
    PLAN_TIMEOUT_MS,
  );
});
