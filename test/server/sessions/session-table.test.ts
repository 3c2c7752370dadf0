import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SessionTable } from '../../../src/server/sessions/session-table.js';

const TICK_MS = 1000;

function table(): SessionTable<string> {
  return new SessionTable<string>({ tickMs: TICK_MS });
}

const idsOf = (sessions: readonly { id: bigint }[]): bigint[] => sessions.map(({ id }) => id);

describe('the session table', () => {
  it('finds what was added until it is removed', () => {
    const sessions = table();
    const session = sessions.add(1n, 5000, 0);
    expect(session).toMatchObject({ id: 1n, timeoutMs: 5000, owner: null, isClosing: false });
    expect(sessions.find(1n)).toBe(session);
    expect(sessions.size).toBe(1);
    expect([...sessions.values()]).toEqual([session]);
    expect(sessions.remove(1n)).toBe(true);
    expect(sessions.remove(1n)).toBe(false);
    expect(sessions.find(1n)).toBeUndefined();
    expect(session.isClosing).toBe(true);
    expect(sessions.expire(1e9)).toEqual([]);
  });

  it('expires at the tick after the timeout, and tells of each session once', () => {
    const sessions = table();
    sessions.add(1n, 5000, 300);
    expect(sessions.expire(5999)).toEqual([]);
    expect(idsOf(sessions.expire(6000))).toEqual([1n]);
    expect(sessions.find(1n)).toMatchObject({ isClosing: true });
    expect(sessions.expire(99_000)).toEqual([]);
  });

  it('takes an exact multiple of the tick as it is', () => {
    const sessions = table();
    sessions.add(1n, 5000, 0);
    expect(sessions.expire(4999)).toEqual([]);
    expect(idsOf(sessions.expire(5000))).toEqual([1n]);
  });

  it('expires the earliest first, however late it is asked', () => {
    const sessions = table();
    sessions.add(1n, 9000, 0);
    sessions.add(2n, 2000, 0);
    sessions.add(3n, 5000, 0);
    expect(idsOf(sessions.expire(1e9))).toEqual([2n, 3n, 1n]);
  });

  it('lives on while it is heard from', () => {
    const sessions = table();
    const session = sessions.add(1n, 2500, 0);
    for (let nowMs = 0; nowMs <= 10_000; nowMs += 2000) {
      sessions.touch(session, nowMs);
      expect(sessions.expire(nowMs)).toEqual([]);
    }
    expect(sessions.expire(12_999)).toEqual([]);
    expect(idsOf(sessions.expire(13_000))).toEqual([1n]);
  });

  it('does not come back from closing', () => {
    const sessions = table();
    const session = sessions.add(1n, 2000, 0);
    sessions.setClosing(1n);
    sessions.setClosing(7n);
    sessions.touch(session, 500);
    expect(sessions.add(1n, 4000, 600)).toBe(session);
    expect(session).toMatchObject({ isClosing: true, timeoutMs: 2000 });
    expect(sessions.buckets()).toEqual([]);
    expect(sessions.expire(1e9)).toEqual([]);
  });

  it('takes a new timeout on re-attach, a shorter one too', () => {
    const sessions = table();
    const session = sessions.add(1n, 9000, 0);
    expect(sessions.add(1n, 2000, 500)).toBe(session);
    expect(session.timeoutMs).toBe(2000);
    expect(idsOf(sessions.expire(3000))).toEqual([1n]);
  });

  it('keeps the owner for the caller', () => {
    const sessions = table();
    sessions.add(1n, 2000, 0).owner = 'connection';
    expect(sessions.find(1n)?.owner).toBe('connection');
  });

  it('shows its buckets in order', () => {
    const sessions = table();
    sessions.add(1n, 9000, 0);
    sessions.add(2n, 1500, 0);
    sessions.add(3n, 2000, 0);
    expect(sessions.buckets()).toEqual([
      { expiresAtMs: 2000, sessionIds: [2n, 3n] },
      { expiresAtMs: 9000, sessionIds: [1n] },
    ]);
  });

  it('refuses a tick that is none', () => {
    expect(() => new SessionTable({ tickMs: 0 })).toThrow('tickMs 0');
    expect(() => new SessionTable({ tickMs: Number.NaN })).toThrow('tickMs NaN');
  });

  it('expires nobody early, and everybody within a tick', () => {
    const step = fc.record({
      id: fc.bigInt(1n, 4n),
      what: fc.constantFrom('add', 'touch', 'close'),
      timeoutMs: fc.integer({ min: 1, max: 9000 }),
      laterMs: fc.integer({ min: 0, max: 3000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const sessions = table();
        const deadlines = new Map<bigint, number>();
        let nowMs = 12_345;
        for (const { id, what, timeoutMs, laterMs } of steps) {
          nowMs += laterMs;
          for (const session of sessions.expire(nowMs)) {
            expect(deadlines.get(session.id)).toBeLessThanOrEqual(nowMs);
            deadlines.delete(session.id);
            sessions.remove(session.id);
          }
          for (const deadlineMs of deadlines.values()) expect(deadlineMs).toBeGreaterThan(nowMs - TICK_MS);
          const session = sessions.find(id);
          if (what === 'add') {
            sessions.add(id, timeoutMs, nowMs);
            deadlines.set(id, nowMs + timeoutMs);
          } else if (what === 'close') {
            sessions.remove(id);
            deadlines.delete(id);
          } else if (session !== undefined) {
            sessions.touch(session, nowMs);
            deadlines.set(id, Math.max(deadlines.get(id)!, nowMs + session.timeoutMs));
          }
        }
        const ids = sessions.buckets().flatMap(({ sessionIds }) => sessionIds);
        expect(ids.sort()).toEqual([...deadlines.keys()].sort());
      }),
      { numRuns: 150 },
    );
  });
});
