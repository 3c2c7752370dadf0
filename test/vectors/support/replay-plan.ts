import type { ServerName } from './target.js';
import { SERVER_NAMES } from './target.js';
import type { Scenario, VectorSet } from './vector-rows.js';
import { hasVectors, readScenarios, vectorFiles } from './vector-rows.js';

/** Scenarios that run one after another on one server. */
export interface ReplayPlan {
  readonly server: ServerName;
  readonly scenarios: readonly PlannedScenario[];
}

export interface PlannedScenario extends Scenario {
  readonly inheritsHistory: boolean;
}

export interface LeftOut {
  readonly file: string;
  readonly name: string;
  readonly reason: string;
}

/** Servers of the recordings that pinfold is not yet, or that are not one process. */
const LEFT_OUT_SERVERS: Readonly<Record<string, string>> = {
  sasl: 'needs SASL',
  'sasl-required': 'needs SASL',
  'sasl-default': 'needs SASL',
  quorum: 'needs an ensemble',
  eager: 'needs an ensemble',
  local: 'needs local sessions, which are an ensemble’s',
  'local-upgrade': 'needs local sessions, which are an ensemble’s',
  'three-servers': 'needs an ensemble',
};

/**
 * Files of the server `main` that were recorded one after another on one process, in that order: their zxids go on, and
 * the counters of `/` with them.
 */
const FIRST_RUN = ['basic.jsonl', 'connect.jsonl', 'watches.jsonl', 'multi.jsonl'];
/** Went on on that process, after files that were recorded anew on another one: part of the history is lost. */
const FIRST_RUN_LATER = [
  'four-letter.jsonl',
  'quota.jsonl',
  'client-kazoo.jsonl',
  'client-java.jsonl',
  'client-c.jsonl',
  'client-node.jsonl',
  'client-go.jsonl',
];
const SECOND_RUN = ['container-ttl.jsonl', 'limits.jsonl'];
const MAIN_RUNS = [FIRST_RUN, FIRST_RUN_LATER, SECOND_RUN];

/** They only wait for a timer of the server, so they wait on servers of their own. */
const APART = new Set(['idle-without-connect', 'session-keeps-connection-without-ping']);

export interface ReplaySelection {
  readonly plans: readonly ReplayPlan[];
  readonly leftOut: readonly LeftOut[];
  readonly recorded: number;
}

/** Everything that can be replayed on one server, as recorded from `set`; files that it lacks come from 3.8.0. */
export function selectScenarios(set: VectorSet): ReplaySelection {
  const all = vectorFiles('3.8.0').flatMap((file) => readScenarios(hasVectors(set, file) ? set : '3.8.0', file));
  const leftOut: LeftOut[] = [];
  const runs = new Map<string, { server: ServerName; scenarios: PlannedScenario[] }>();
  for (const scenario of all) {
    const server = SERVER_NAMES.find((name) => name === scenario.server);
    if (server === undefined) {
      const reason = LEFT_OUT_SERVERS[scenario.server];
      if (reason === undefined) throw new Error(`${scenario.file}: unknown server ${scenario.server}`);
      leftOut.push({ file: scenario.file, name: scenario.name, reason });
      continue;
    }
    const key = runKey(scenario, server);
    const run = runs.get(key) ?? { server, scenarios: [] };
    runs.set(key, run);
    run.scenarios.push({
      ...scenario,
      inheritsHistory: server === 'main' && FIRST_RUN_LATER.includes(scenario.file),
    });
  }
  for (const { scenarios } of runs.values()) scenarios.sort((a, b) => fileOrder(a.file) - fileOrder(b.file));
  return { plans: [...runs.values()], leftOut, recorded: all.length };
}

function runKey({ file, name }: Scenario, server: ServerName): string {
  if (APART.has(name)) return `${server} ${name}`;
  const main = server === 'main' ? MAIN_RUNS.findIndex((files) => files.includes(file)) : -1;
  return `${server} ${main === -1 ? file : main}`;
}

function fileOrder(file: string): number {
  return MAIN_RUNS.flat().indexOf(file);
}
