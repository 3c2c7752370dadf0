import { describe, expect, it } from 'vitest';
import { logLine } from '../../src/cli/log-line.js';

const wallMs = new Date(2026, 10, 21, 9, 5, 7, 8).getTime();

describe('logLine', () => {
  it('has the layout that log shippers know', () => {
    expect(logLine({ level: 'info', wallMs, message: 'binding to port 0.0.0.0:2181' })).toBe(
      '2026-11-21 09:05:07,008 [myid:] - INFO  [main:pinfold@0] - binding to port 0.0.0.0:2181\n',
    );
  });

  it('tells which server of an ensemble speaks', () => {
    expect(logLine({ level: 'warn', wallMs, serverId: 3, message: 'LOOKING' })).toBe(
      '2026-11-21 09:05:07,008 [myid:3] - WARN  [main:pinfold@0] - LOOKING\n',
    );
  });

  it('puts details behind the sentence', () => {
    const details = {
      file: '/a/b',
      durationMs: 1.23456,
      removed: ['a b'],
      session: 12n,
      note: 'two words',
      left: null,
    };
    expect(logLine({ level: 'warn', wallMs, message: 'slow', details })).toMatch(
      /WARN {2}\[.*\] - slow file=\/a\/b durationMs=1\.235 removed="\[\\"a b\\"\]" session=12 note="two words" left=null\n$/,
    );
  });

  it('lets stack traces follow, with their causes', () => {
    const cause = new Error('the disk is full');
    const error = new Error('x', { cause });
    error.stack = 'Error: x\n    at y';
    cause.stack = 'Error: the disk is full\n    at z';
    expect(logLine({ level: 'error', wallMs, message: 'failed', details: { error, file: 'f' } })).toMatch(
      /ERROR \[.*\] - failed file=f\nError: x\n {4}at y\ncaused by: Error: the disk is full\n {4}at z\n$/,
    );
  });

  it('shows an error that is none as a detail', () => {
    expect(logLine({ level: 'error', wallMs, message: 'failed', details: { error: 'thrown text' } })).toMatch(
      / - failed error="thrown text"\n$/,
    );
  });

  it('ends with causes that go round in a circle', () => {
    const error = new Error('x');
    error.cause = error;
    expect(logLine({ level: 'error', wallMs, message: 'failed', details: { error } }).match(/caused by/g)).toHaveLength(
      7,
    );
  });
});
