import { describe, expect, it } from 'vitest';
import { faultsText } from '../../src/testing/sim/faults.js';
import { FAULT_NAMES, faultsOf, simulate, storyOf } from '../../src/testing/sim/index.js';
import type { FaultName, SimulationResult } from '../../src/testing/sim/index.js';
import { runSize } from '../support/run-size.js';

function failureOf(result: SimulationResult): string {
  return result.violations.length === 0 ? '' : storyOf(result);
}

describe('a simulated world', () => {
  it('has the same history whenever its seed is played', async () => {
    for (const seed of [3, 4]) {
      const first = await simulate({ seed });
      // Another world in between: nothing of it may stay in the process.
      await simulate({ seed: seed + 100 });
      const second = await simulate({ seed });
      expect(second.fingerprint()).toBe(first.fingerprint());
      expect(second.events.length).toBe(first.events.length);
      expect(second.tally.entries()).toEqual(first.tally.entries());
    }
  });

  it('has another history for another seed', async () => {
    const [first, second] = [await simulate({ seed: 5 }), await simulate({ seed: 6 })];
    expect(second.fingerprint()).not.toBe(first.fingerprint());
  });

  it('is quiet when nothing goes wrong', async () => {
    const { tally, violations } = await simulate({ seed: 7, faults: [] });
    expect(violations).toEqual([]);
    expect(tally.entries().filter(([what]) => /unknown|lock lost|server failed/.test(what))).toEqual([]);
    expect(tally.of('server start')).toBe(2);
    expect(tally.of('getData: ok')).toBeGreaterThan(10);
  });
});

describe('the story of a failed seed', () => {
  it('tells what was violated, by which events, and how to see it again', async () => {
    const { events } = await simulate({ seed: 8, faults: [] });
    const broken = { rule: 'a rule', message: 'it was broken', events: [5] };
    const lines = storyOf({ seed: 8, faults: null, violations: [broken], events }).split('\n');
    expect(lines.slice(0, 2)).toEqual(['seed 8 violated:', '  a rule: it was broken']);
    expect(lines[3]).toMatch(/^ {2}5 [\d.]+ ms {2}client \d/);
    expect(lines.at(-1)).toBe('replay: npm run sim -- --seeds 1 --from 8 --verbose');
  });

  it('names the faults where they were not left to the seed', () => {
    const replay = (faults: readonly FaultName[]): string | undefined =>
      storyOf({ seed: 8, faults, violations: [], events: [] }).split('\n').at(-1);
    expect(replay(['reply lost', 'disk full'])).toBe(
      'replay: npm run sim -- --seeds 1 --from 8 --faults "reply lost,disk full" --verbose',
    );
    expect(replay([])).toBe('replay: npm run sim -- --seeds 1 --from 8 --faults "none" --verbose');
  });
});

/** What else a fault brings about in a world in which nothing else goes wrong. */
const EFFECTS: Readonly<Partial<Record<FaultName, (seen: (what: string) => number) => void>>> = {
  'reply lost': (seen) => {
    const unanswered = ['create', 'delete', 'setData', 'getData', 'exists', 'getChildren', 'multi'];
    expect(unanswered.reduce((sum, op) => sum + seen(`${op}: unknown`), 0)).toBeGreaterThan(0);
  },
  'client cut off': (seen) => expect(seen('client session lost: silence')).toBeGreaterThan(0),
  'client killed': (seen) => expect(seen('session expired')).toBeGreaterThan(0),
  'client leaves': (seen) => expect(seen('watch: closed')).toBeGreaterThan(0),
  'server killed': (seen) => expect(seen('server start')).toBeGreaterThan(4),
  'power lost': (seen) => expect(seen('server start')).toBeGreaterThan(4),
  'server stopped': (seen) => expect(seen('server stopped')).toBeGreaterThan(2),
  'log sync fails': (seen) => expect(seen('server failed')).toBeGreaterThan(0),
  'disk full': (seen) => expect(seen('write refused by a full disk')).toBeGreaterThan(0),
};

describe('each fault by itself', () => {
  it('can be asked for by its name on a command line', () => {
    for (const faults of [[], FAULT_NAMES.slice(0, 1), FAULT_NAMES])
      expect(faultsOf(faultsText(faults))).toEqual(faults);
    expect(faultsOf('reply lost,earthquake')).toBeNull();
    expect(faultsOf('')).toBeNull();
  });

  it.each(FAULT_NAMES)('%s: happens, and breaks no promise', async (name) => {
    const seeds = [11, 12];
    const results: SimulationResult[] = [];
    for (const seed of seeds) results.push(await simulate({ seed, faults: [name] }));
    expect(results.map(failureOf).join('')).toBe('');
    const seen = (what: string): number => results.reduce((sum, { tally }) => sum + tally.of(what), 0);
    expect(seen(name)).toBeGreaterThan(0);
    EFFECTS[name]?.(seen);
  });
});

describe('seeds', () => {
  const fresh = runSize('SIM', 12);

  it.each(Array.from({ length: fresh.count }, (_, index) => fresh.seed + index))('%i, drawn afresh', async (seed) => {
    expect(failureOf(await simulate({ seed }))).toBe('');
  });
});
