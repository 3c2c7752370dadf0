import { describe, expect, it } from 'vitest';
import { logLine } from '../../src/cli/log-line.js';

const time = new Date(2026, 10, 21, 9, 5, 7, 8).getTime();

describe('logLine', () => {
  it('has the layout that log shippers know', () => {
    expect(logLine({ level: 30, time, pid: 1, hostname: 'h', msg: 'binding to port 0.0.0.0:2181' })).toBe(
      '2026-11-21 09:05:07,008 [myid:] - INFO  [main:pinfold@0] - binding to port 0.0.0.0:2181\n',
    );
  });

  it('puts details behind the sentence', () => {
    const record = {
      level: 40,
      time,
      msg: 'slow',
      file: '/a/b',
      durationMs: 1.23456,
      removed: ['a b'],
      note: 'two words',
    };
    expect(logLine(record)).toMatch(
      /WARN {2}\[.*\] - slow file=\/a\/b durationMs=1\.235 removed="\[\\"a b\\"\]" note="two words"\n$/,
    );
  });

  it('lets a stack trace follow', () => {
    const text = logLine({
      level: 50,
      time,
      msg: 'failed',
      error: { type: 'Error', message: 'x', stack: 'Error: x\n    at y' },
    });
    expect(text).toMatch(/ERROR \[.*\] - failed\nError: x\n {4}at y\n$/);
  });

  it('copes with records that lack everything', () => {
    expect(logLine({})).toMatch(/ - INFO {2}\[main:pinfold@0\] - \n$/);
  });
});
