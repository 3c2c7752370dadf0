import type { Violation } from '../history.js';
import { DATA_ROOT } from '../history.js';
import type { Call } from './calls.js';
import { describe, writesOf, zxidOf } from './calls.js';
import { placesOf, sightsOf, staleness } from './fresh-reads.js';
import type { Known } from './known.js';

/**
 * A session's calls are done in the order in which they were made, answered yet or not: a read shows the writes made
 * before it, a later write has a greater zxid, and what was seen is not unseen.
 */
export function ownOrder(known: Known): Violation[] {
  const violations: Violation[] = [];
  const streams = new Map<string, Stream>();
  for (const call of known.calls) {
    // Calls that were never answered say nothing, and those that were refused little.
    if (call.outcome !== 'ok') continue;
    const key = `${call.client} ${call.session}`;
    const stream = streams.get(key) ?? new Stream(known);
    streams.set(key, stream);
    const why = stream.next(call);
    if (why === null) continue;
    const events = stream.lastWrite === null ? placesOf(call) : [...placesOf(stream.lastWrite), ...placesOf(call)];
    violations.push({ rule: 'own-order', message: `${describe(call)} ${why}`, events });
  }
  return violations;
}

/** One session's calls so far. */
class Stream {
  lastWrite: Call | null = null;
  private readonly known: Known;
  private zxid = 0;

  constructor(known: Known) {
    this.known = known;
  }

  next(call: Call): string | null {
    const writes = writesOf(call);
    if (writes.length === 0) return this.nextRead(call);
    const zxids = writes.map(zxidOf).filter((zxid) => zxid !== null);
    const zxid = zxids[0];
    if (zxid === undefined) return null;
    const before = this.zxid;
    if (zxid <= before) return `has zxid ${zxid}, but an earlier call of its session showed ${before}`;
    this.zxid = zxid;
    this.lastWrite = call;
    return null;
  }

  private nextRead(call: Call): string | null {
    for (const [path, sight] of sightsOf(call, this.known)) {
      const why = staleness(this.known, { call, path, sight, floorZxid: this.zxid });
      if (why !== null) return `${why}, as the order of its session's calls has it`;
    }
    const stat = call.result?.stat ?? null;
    if (stat !== null && call.op.type !== 'multi' && call.op.path.startsWith(DATA_ROOT)) {
      this.zxid = Math.max(this.zxid, stat.mzxid);
    }
    return null;
  }
}
