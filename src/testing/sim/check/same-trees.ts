import type { FinalNode, FinalState, SimStat, Violation } from '../history.js';
import { votersIn } from '../ensemble/voters.js';
import { hex } from './ephemerals.js';

/** In the end all servers have the same nodes, and know the same sessions and members. `voters`: who votes; null: nobody can say. */
export function sameTrees(states: readonly FinalState[], voters: readonly number[] | null = null): Violation[] {
  const [first, ...others] = states;
  if (first === undefined) return [];
  const shown = votersIn(first.config ?? '').join();
  if (voters !== null && shown !== [...voters].sort((a, b) => a - b).join()) {
    const message = `the servers say that ${shown} vote, and by their devices ${voters.join()} do`;
    return [{ rule: 'same-trees', message, events: [] }];
  }
  return others.flatMap((other, at) => {
    const why = differenceBetween(first, other);
    return why === null ? [] : [{ rule: 'same-trees', message: `servers 1 and ${at + 2}: ${why}`, events: [] }];
  });
}

function differenceBetween(a: FinalState, b: FinalState): string | null {
  if (a.config !== b.config) return `the members are ${a.config} and ${b.config}`;
  for (const path of new Set([...a.nodes.keys(), ...b.nodes.keys()])) {
    const what = differenceOf(a.nodes.get(path), b.nodes.get(path));
    if (what !== null) return `${path} ${what}`;
  }
  for (const session of new Set([...a.liveSessions, ...b.liveSessions])) {
    if (a.liveSessions.has(session) && b.liveSessions.has(session)) continue;
    return `only ${a.liveSessions.has(session) ? 'the first' : 'the second'} knows session ${hex(session)}`;
  }
  return null;
}

function differenceOf(a: FinalNode | undefined, b: FinalNode | undefined): string | null {
  if (a === undefined || b === undefined) return `is only at the ${a === undefined ? 'second' : 'first'}`;
  if (a.data !== b.data) return `is ${a.data} and ${b.data}`;
  const fields = Object.keys(a.stat) as (keyof SimStat)[];
  const field = fields.find((name) => a.stat[name] !== b.stat[name]);
  return field === undefined ? null : `has ${field} ${a.stat[field]} and ${b.stat[field]}`;
}
