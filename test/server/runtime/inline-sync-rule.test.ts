import { describe, expect, it } from 'vitest';
import { InlineSyncRule } from '../../../src/server/runtime/inline-sync-rule.js';

const FAST_MS = 0.1;

interface Group {
  readonly writes?: number;
  readonly others?: number;
  readonly durationMs?: number;
}

/** A rule, and a clock that only syncs move. */
function rig() {
  const rule = new InlineSyncRule();
  let nowMs = 1000;
  /** Whether a group like this would be synced inline, after so many of its kind. */
  const after = (groups: number, { writes = 1, others = 0, durationMs = FAST_MS }: Group): boolean => {
    let isInline = false;
    for (let i = 0; i < groups; i++) {
      for (let n = 0; n < others + writes; n++) rule.requested();
      for (let n = 0; n < writes; n++) rule.wrote();
      isInline = rule.isInline(nowMs);
      nowMs += durationMs;
      rule.synced(durationMs, nowMs);
    }
    return isInline;
  };
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { rule, after, pass, now: () => nowMs };
}

describe('InlineSyncRule', () => {
  it('expects company until a few groups have come without', () => {
    const { after } = rig();
    expect(after(1, {})).toBe(false);
    expect(after(30, {})).toBe(true);
  });

  it('lets the reads between the writes of one hand-off be', () => {
    const { after } = rig();
    expect(after(50, { writes: 1, others: 3 })).toBe(true);
  });

  it('holds up nobody where most requests wait for no sync', () => {
    const { after } = rig();
    expect(after(30, {})).toBe(true);
    expect(after(30, { others: 9 })).toBe(false);
    expect(after(30, {})).toBe(true);
  });

  it('is taken back by the first group that comes after many reads', () => {
    const { after } = rig();
    expect(after(30, {})).toBe(true);
    expect(after(1, { others: 1_000_000 })).toBe(false);
    expect(after(30, {})).toBe(true);
  });

  it('leaves many writers to the pool, where the next group gathers meanwhile', () => {
    const { after } = rig();
    expect(after(60, { writes: 8 })).toBe(true);
    expect(after(30, { writes: 16 })).toBe(false);
    expect(after(30, {})).toBe(true);
  });

  it('leaves it to the pool while connections come and go', () => {
    const { rule, after } = rig();
    expect(after(30, {})).toBe(true);
    for (let i = 0; i < 30; i++) {
      rule.connected();
      after(1, { writes: 2 });
    }
    expect(after(1, {})).toBe(false);
  });

  it('does not mistake what the server writes itself for requests that are not there', () => {
    const { rule, after, now } = rig();
    expect(after(60, {})).toBe(true);
    rule.wrote();
    rule.wrote();
    rule.synced(FAST_MS, now());
    expect(after(1, {})).toBe(true);
  });

  it('does not wait inline for a device that was slow lately', () => {
    const { rule, after, pass, now } = rig();
    expect(after(60, {})).toBe(true);
    expect(rule.isDevicePrompt(now())).toBe(true);
    after(1, { durationMs: 3 });
    expect(rule.isDevicePrompt(now())).toBe(false);
    pass(29);
    expect(rule.isDevicePrompt(now())).toBe(false);
    pass(1);
    expect(after(1, {})).toBe(true);
  });

  it('stays away from a device the longer, the slower it was', () => {
    const { rule, after, pass, now } = rig();
    expect(after(60, {})).toBe(true);
    after(1, { durationMs: 6 });
    pass(59);
    expect(rule.isDevicePrompt(now())).toBe(false);
    pass(1);
    expect(rule.isDevicePrompt(now())).toBe(true);
  });

  it('never waits inline for a device that is slow always', () => {
    const { rule, after, pass, now } = rig();
    after(60, { durationMs: 1.5 });
    pass(10_000);
    expect([rule.isDevicePrompt(now()), after(1, {})]).toEqual([false, false]);
    expect(after(60, {})).toBe(true);
  });
});
