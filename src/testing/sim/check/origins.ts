import type { FinalState, Violation } from '../history.js';
import { DATA_ROOT } from '../history.js';
import type { CallWrite } from './calls.js';
import { describe, mayBeAbout, writesOf } from './calls.js';
import type { Known } from './known.js';

/** Whatever was read had been written there: not refused, and not later. Values are unique, so each names its write. */
export function origins(known: Known, final: FinalState): Violation[] {
  const writers = new Map<string, CallWrite[]>();
  for (const call of known.calls) {
    for (const written of writesOf(call)) {
      if (written.write.type === 'delete' || written.write.data === null) continue;
      const list = writers.get(written.write.data) ?? [];
      list.push(written);
      writers.set(written.write.data, list);
    }
  }
  const violations: Violation[] = [];
  const look = (seen: { path: string; data: string | null; at: number; who: string }): void => {
    const { path, data, at, who } = seen;
    if (data === null || data === '' || !path.startsWith(DATA_ROOT)) return;
    const here = (writers.get(data) ?? []).filter((write) => mayBeAbout(write, path));
    if (here.some(({ call }) => call.outcome !== 'failed' && call.invokedAt < at)) return;
    const refused = here.find(({ call }) => call.outcome === 'failed');
    const why = refused === undefined ? 'nobody had written' : `only ${describe(refused.call)}, refused, had written`;
    const events = refused === undefined ? [] : [refused.call.invokedAt];
    violations.push({
      rule: 'origins',
      message: `${who} shows ${JSON.stringify(data)} at ${path}, which ${why} there`,
      events: at === Infinity ? events : [...events, at],
    });
  };
  for (const call of known.calls) {
    const { op, outcome, result } = call;
    if (op.type !== 'getData' || outcome !== 'ok' || result === null) continue;
    look({ path: op.path, data: result.data, at: call.returnedAt, who: describe(call) });
  }
  for (const [path, { data }] of final.nodes) look({ path, data, at: Infinity, who: 'the final state' });
  return violations;
}
