import { describe, expect, it } from 'vitest';
import { Results } from '../../bench/report/results.mjs';
import { selfTimes } from '../../bench/profile/self-time.mjs';
import { table } from '../../bench/report/table.mjs';
import type { Row } from '../../bench/rows/rows.mjs';

const row: Row = {
  id: 'get1x1',
  group: 'reads',
  title: 'get 1x1',
  phase: 'loads',
  metrics: [
    { key: 'ops', title: 'ops/s', goal: { of: 'ratio', sense: '>=', bound: 2.5 } },
    { key: 'cpu', title: 'us/op', goal: { of: 'ratio', sense: '<=', bound: 0.25 } },
    { key: 'events', title: 'events', goal: { of: 'value', sense: '<=', bound: 1.01 } },
  ],
};
const sides = { subject: 'pinfold', others: ['Apache'], judge: 'Apache' };

function recorded(apache: number[], pinfold: number[]): Results {
  const results = new Results();
  for (const [side, values] of Object.entries({ Apache: apache, pinfold })) {
    for (const [round, ops] of values.entries()) {
      results.record(row, side, { round, values: { ops, cpu: 1000 / ops, events: 1 } });
    }
  }
  return results;
}

describe('the figures of a run', () => {
  it('are compared within rounds, not between them', () => {
    // The machine was twice as fast in the second round, for both.
    const [ops, cpu, events] = recorded([100, 200, 100], [300, 600, 200]).lines([row], sides);
    expect(ops?.sides.get('pinfold')).toEqual({ median: 300, min: 200, max: 600 });
    expect(ops?.ratios.get('Apache')).toEqual({ median: 3, min: 2, max: 3 });
    expect([ops?.reached, cpu?.reached, events?.reached]).toEqual([true, false, true]);
  });

  it('are not there for a row in which anything failed', () => {
    const results = recorded([100], [300]);
    results.fail(row, 'Apache', '3 errors\n{"-101":3}');
    const lines = results.lines([row], sides);
    expect(lines.map((line) => line.reached)).toEqual([null, null, null]);
    const text = table(lines, sides);
    expect(text).toMatch(/^\| get 1x1, ops\/s +\| \*\*FAILED\*\* Apache: 3 errors \{"-101":3\} \|/m);
    expect(text).not.toContain('300');
  });

  it('make no ratio when there is nobody to compare with', () => {
    const [ops, , events] = recorded([], [300]).lines([row], { ...sides, others: [] });
    expect([ops?.goal, ops?.reached, events?.reached]).toEqual([null, null, true]);
    expect(
      table(
        [ops].flatMap((line) => line ?? []),
        { subject: 'pinfold', others: [] },
      ),
    ).toContain('| 300 ');
  });

  it('are a table of one width', () => {
    const lines = table(recorded([100, 200], [300, 600]).lines([row], sides), sides).split('\n');
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(lines[2]).toMatch(
      /^\| get 1x1, ops\/s +\| 150 \(100-200\) +\| 450 \(300-600\) +\| 3\.00 +\| >= 2\.5x +\| yes /,
    );
  });
});

describe('the time of a profile', () => {
  it('is that of each function itself, as a share of the time that was not idle', () => {
    const node = (id: number, functionName: string, url = '') => ({
      id,
      callFrame: { functionName, url, scriptId: '1', lineNumber: 0, columnNumber: 0 },
    });
    const profile = {
      startTime: 0,
      endTime: 400,
      nodes: [node(1, '(idle)'), node(2, 'find', 'file:///x/dist/server/tree/find.js'), node(3, 'fdatasync')],
      samples: [1, 2, 3, 2],
      timeDeltas: [100, 200, 50, 50],
    };
    expect(selfTimes(profile, '/x/dist')).toEqual({
      busy: 0.75,
      shares: [
        { name: 'find', file: 'src/server/tree/find.ts', share: 250 / 300 },
        { name: 'fdatasync', file: '', share: 50 / 300 },
      ],
    });
  });
});
