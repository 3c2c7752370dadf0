import type { SimEvent, Violation, WatchEvent } from '../history.js';
import { DATA_ROOT } from '../history.js';
import type { Call } from './calls.js';
import { describe } from './calls.js';
import { placesOf } from './fresh-reads.js';
import type { Known } from './known.js';

/**
 * What the client owes to whoever left a one-shot watch: one event, never two, and that one before any answer that knows
 * of the change, over reconnections too; or word that the session is lost.
 */
export function watchHandles(known: Known): Violation[] {
  const violations: Violation[] = [];
  const told = new Map<number, WatchEvent[]>();
  const returns = new Map<number, Extract<SimEvent, { kind: 'return' }>[]>();
  const breaks = new Map<number, number[]>();
  for (const event of known.events) {
    if (event.kind === 'watch') told.set(event.watch, [...(told.get(event.watch) ?? []), event]);
    if (event.kind === 'session' && event.state === 'disconnected') {
      breaks.set(event.client, [...(breaks.get(event.client) ?? []), event.index]);
    }
    if (event.kind === 'return') returns.set(event.client, [...(returns.get(event.client) ?? []), event]);
  }
  for (const call of known.calls) {
    const { op } = call;
    if (op.type !== 'getData' && op.type !== 'exists' && op.type !== 'getChildren') continue;
    if (op.watch === null || call.outcome !== 'ok') continue;
    const events = told.get(op.watch) ?? [];
    // What came and went while the client was away, it was never owed: of a node that was missing and is so again.
    const isMissing = call.result?.stat === null;
    const brokenAt = breaks.get(call.client)?.find((index) => index > call.returnedAt) ?? Infinity;
    const owedUntil = isMissing ? brokenAt : Infinity;
    const why = faultOf({ call, events, owedUntil, returns: returns.get(call.client) ?? [] }, known);
    if (why !== null) violations.push(why);
  }
  return violations;
}

interface Handle {
  readonly call: Call;
  readonly events: readonly WatchEvent[];
  readonly owedUntil: number;
  readonly returns: readonly Extract<SimEvent, { kind: 'return' }>[];
}

function faultOf({ call, events, owedUntil, returns }: Handle, known: Known): Violation | null {
  const places = [...placesOf(call), ...events.map(({ index }) => index)];
  if (events.length > 1) {
    const types = events.map(({ type }) => type).join(', ');
    return { rule: 'watch-once', message: `the watch of ${describe(call)} reported ${types}`, events: places };
  }
  const changeZxid = firstChange(call, known);
  if (changeZxid === null) return null;
  const toldAt = Math.min(owedUntil, events[0]?.index ?? Infinity);
  // A handle can be listened to only when its read has returned: what came with the same bytes may be noted before it.
  const witness = returns.find(({ index, atMs, seenZxid, outcome, session }) => {
    if (atMs <= call.returnedMs) return false;
    return (
      index > call.returnedAt &&
      index < toldAt &&
      seenZxid >= changeZxid &&
      outcome === 'ok' &&
      session === call.session
    );
  });
  if (witness === undefined) return null;
  const message = `the watch of ${describe(call)} has not reported zxid ${changeZxid} when its client knew of ${witness.seenZxid}`;
  return { rule: 'watch-lost', message, events: [...places, witness.index] };
}

/** The first transaction after the read that fires its watch; null when none is known. */
function firstChange({ op, result, seenZxid }: Call, { timeline }: Known): number | null {
  if (op.type === 'multi' || !op.path.startsWith(DATA_ROOT)) return null;
  const stat = result?.stat ?? null;
  const ever = { upTo: Infinity };
  if (stat === null) return timeline.firstWithin(op.path, { after: seenZxid, ...ever })?.zxid ?? null;
  if (op.type !== 'getChildren') return timeline.firstWithin(op.path, { after: stat.mzxid, ...ever })?.zxid ?? null;
  return timeline.firstOfChildrenWithin(op.path, { after: Math.max(stat.pzxid, stat.czxid), ...ever });
}
