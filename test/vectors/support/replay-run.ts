import type { PlannedScenario, ReplayPlan } from './replay-plan.js';
import type { ReplayOptions } from './server-replay.js';
import { ServerReplay } from './server-replay.js';
import type { StartTarget } from './target.js';

export interface ReplayRunOptions extends Omit<ReplayOptions, 'inheritsHistory'> {
  readonly startTarget: StartTarget;
  /** How many servers run at a time. */
  readonly servers: number;
}

/** A server that fails this often is not asked further: each failure may cost a long wait. */
const FAILURES_MAX = 5;

/** A running replay: what became of each scenario, and of the whole. */
export interface ReplayRun {
  /** Resolves when the scenario went as recorded, rejects where it first differed. */
  outcome(scenario: PlannedScenario): Promise<void>;
  /** Resolves when every server is stopped. */
  readonly finished: Promise<void>;
}

/** Replays plans side by side, each on a server of its own; the scenarios of a plan follow one another. */
export function runPlans(plans: readonly ReplayPlan[], options: ReplayRunOptions): ReplayRun {
  const outcomes = new Map<PlannedScenario, Deferred>();
  for (const { scenarios } of plans) for (const scenario of scenarios) outcomes.set(scenario, new Deferred());
  const outcomeOf = (scenario: PlannedScenario): Deferred => {
    const outcome = outcomes.get(scenario);
    if (outcome === undefined) throw new Error(`${scenario.name} is in no plan`);
    return outcome;
  };
  // The longest first, so that the last ones to run are short.
  const waiting = [...plans].sort((a, b) => b.scenarios.length - a.scenarios.length);
  const worker = async (): Promise<void> => {
    for (let plan = waiting.shift(); plan !== undefined; plan = waiting.shift()) {
      await runPlan(plan, options, outcomeOf);
    }
  };
  const workers = Array.from({ length: options.servers }, worker);
  return {
    outcome: (scenario) => outcomeOf(scenario).promise,
    finished: Promise.all(workers).then(() => undefined),
  };
}

async function runPlan(
  { server, scenarios }: ReplayPlan,
  { startTarget, ...options }: ReplayRunOptions,
  outcomeOf: (scenario: PlannedScenario) => Deferred,
): Promise<void> {
  const startedAtMs = Date.now();
  const target = await startTarget(server).catch((error: unknown) => {
    for (const scenario of scenarios) outcomeOf(scenario).reject(error);
    return null;
  });
  if (target === null) return;
  const replay = new ServerReplay(target, startedAtMs);
  let failures = 0;
  for (const scenario of scenarios) {
    const { resolve, reject } = outcomeOf(scenario);
    if (failures === FAILURES_MAX) {
      reject(new Error(`not replayed: ${FAILURES_MAX} scenarios before it failed on its server`));
      continue;
    }
    const { inheritsHistory } = scenario;
    await replay.run(scenario, { ...options, inheritsHistory }).then(resolve, (error: unknown) => {
      failures += 1;
      reject(error);
    });
  }
  replay.closeAll();
  await target.stop();
}

class Deferred {
  readonly promise: Promise<void>;
  resolve: () => void = () => undefined;
  reject: (error: unknown) => void = () => undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // Whoever asks for the outcome sees the rejection; nobody may have asked yet.
    this.promise.catch(() => undefined);
  }
}
