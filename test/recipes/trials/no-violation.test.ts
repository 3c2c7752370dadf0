import { expect, it, vi } from 'vitest';
import { Tally } from '../../../src/testing/sim/tally.js';
import { expectNoViolation } from './no-violation.js';
import { replayOf } from './report.js';
import type { TrialReport } from './report.js';

function report(name: string, ...violations: string[]): TrialReport {
  const story = violations.length === 0 ? null : 'what happened: much';
  const replay = replayOf(name, '--seeds 1 --seed 7 --minutes 0');
  return { name, faults: 1, operations: 1, counted: new Tally(), violations, story, replay };
}

it('says nothing when nothing was violated', () => {
  const said = vi.spyOn(console, 'error').mockReturnValue();
  expectNoViolation([report('InterProcessMutex'), report('Party')]);
  expect(said).not.toHaveBeenCalled();
});

it('begins with the recipe and what it violated, then the replay; the story is told before', () => {
  const said = vi.spyOn(console, 'error').mockReturnValue();
  const reports = [
    report('Party'),
    report('DistributedQueue, at most once', 'twice', 'left'),
    report('runOnce', 'late'),
  ];
  expect(() => expectNoViolation(reports)).toThrow(
    new RegExp(
      [
        '^DistributedQueue, at most once: twice',
        'DistributedQueue, at most once: left',
        'runOnce: late',
        'npm run test:recipes -- --only DistributedQueueatmostonce --seeds 1 --seed 7 --minutes 0',
        'npm run test:recipes -- --only runOnce --seeds 1 --seed 7 --minutes 0: expected',
      ].join('\n'),
    ),
  );
  expect(said.mock.calls).toEqual([
    ['DistributedQueue, at most once, what happened: much'],
    ['runOnce, what happened: much'],
  ]);
});
