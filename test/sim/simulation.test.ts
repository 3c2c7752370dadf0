import { describe, expect, it } from 'vitest';
import { cutsOf, FAULT_NAMES, faultsOf, shrink, simulate, storyOf } from '../../src/testing/sim/index.js';
import type { FaultName, SimulateOptions, SimulationResult } from '../../src/testing/sim/index.js';
import { faultsText, LONE_FAULT_NAMES } from '../../src/testing/sim/faults.js';
import { planOf } from '../../src/testing/sim/plan.js';
import { SeededRandom } from '../../src/testing/sim/seeded-random.js';
import { runSize } from '../support/run-size.js';

function failureOf(result: SimulationResult): string {
  return result.violations.length === 0 ? '' : storyOf(result);
}

describe('a simulated world', () => {
  it('has the same history whenever its seed is played', async () => {
    for (const servers of ['one', 'several'] as const) {
      const first = await simulate({ seed: 3, servers });
      // Another world in between: nothing of it may stay in the process.
      await simulate({ seed: 103 });
      const second = await simulate({ seed: 3, servers });
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
    const { tally, violations } = await simulate({ seed: 7, faults: [], servers: 'one' });
    expect(violations).toEqual([]);
    expect(tally.entries().filter(([what]) => /unknown|lock lost|server failed/.test(what))).toEqual([]);
    expect(tally.of('server start')).toBe(2);
    expect(tally.of('getData: ok')).toBeGreaterThan(10);
  });

  it('has an ensemble that elects one leader when nothing goes wrong', async () => {
    const { tally, violations, plan } = await simulate({ seed: 7, faults: [], servers: 'several' });
    expect(violations).toEqual([]);
    const { participants, observers } = plan.ensemble!;
    expect(tally.of('server start')).toBe(2 * (participants.length + observers.length));
    // Once at the beginning, and once after the last restart.
    expect(tally.of('leader established')).toBe(2);
    expect(tally.entries().filter(([what]) => /unknown|lock lost|server failed/.test(what))).toEqual([]);
  });
});

describe('the story of a failed seed', () => {
  it('tells what was violated, by which events, and how to see it again', async () => {
    const { events, plan } = await simulate({ seed: 8, faults: [], servers: 'one' });
    const broken = { rule: 'a rule', message: 'it was broken', events: [5] };
    const lines = storyOf({ options: { seed: 8 }, plan, violations: [broken], events }).split('\n');
    expect(lines.slice(0, 2)).toEqual(['seed 8 violated:', '  a rule: it was broken']);
    expect(lines[2]).toMatch(/^the world: one server; \d users of data, \d of locks, /);
    expect(lines.some((line) => /^ {2}5 [\d.]+ ms {2}client \d/.test(line))).toBe(true);
    expect(lines.some((line) => line.includes('fault: last restart'))).toBe(true);
    expect(lines.at(-1)).toBe('replay: npm run sim -- --seeds 1 --from 8 --verbose');
  });

  it('names whatever was not left to the seed', () => {
    const plan = planOf(new SeededRandom(8));
    const replay = (options: Omit<SimulateOptions, 'seed'>): string =>
      storyOf({ options: { seed: 8, ...options }, plan, violations: [], events: [] })
        .split('\n')
        .at(-1)!;
    const start = 'replay: npm run sim -- --seeds 1 --from 8 ';
    expect(replay({ faults: ['reply lost', 'disk full'] })).toBe(`${start}--faults "reply lost,disk full" --verbose`);
    expect(replay({ faults: [] })).toBe(`${start}--faults "none" --verbose`);
    const cuts = { durationMs: 1200, lockUsers: 0, leftOut: [0, 3] };
    expect(replay({ servers: 'several', cuts })).toBe(
      `${start}--servers several --cut ms=1200,lockers=0,without=0+3 --verbose`,
    );
    expect(cutsOf('ms=1200,lockers=0,without=0+3')).toEqual(cuts);
    expect(cutsOf('ms=soon')).toBeNull();
  });

  it('is shrunk to what it takes to break the same promise', async () => {
    // A promise that nobody keeps: that no client is ever killed.
    const isBroken = ({ events }: SimulationResult): boolean => events.some(({ kind }) => kind === 'death');
    const play = async (options: SimulateOptions): Promise<SimulationResult> => {
      const result = await simulate(options);
      const violations = isBroken(result) ? [{ rule: 'nobody dies', message: '', events: [] }] : [];
      return { ...result, violations };
    };
    const failed = await play({ seed: 11, servers: 'one', faults: ['client killed', 'connection reset'] });
    expect(failed.faultCount).toBeGreaterThan(3);
    const shortest = await shrink(failed, { runsMax: 40, play });
    const { durationMs, dataUsers, lockUsers } = shortest.plan;
    expect(shortest.faultCount - (shortest.options.cuts?.leftOut?.length ?? 0)).toBe(1);
    expect([dataUsers + lockUsers, durationMs < failed.plan.durationMs]).toEqual([1, true]);
    expect(isBroken(await simulate(shortest.options))).toBe(true);
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

/** And among several servers. */
const ENSEMBLE_EFFECTS: typeof EFFECTS = {
  'leader cut off': (seen) => expect(seen('leader established')).toBeGreaterThan(4),
  'leader left by its followers': (seen) => expect(seen('leader established')).toBeGreaterThan(6),
  'power lost everywhere': (seen) => expect(seen('epoch proposed')).toBeGreaterThan(4),
  'all servers killed': (seen) => expect(seen('epoch proposed')).toBeGreaterThan(4),
};

describe('each fault by itself', () => {
  it('can be asked for by its name on a command line', () => {
    for (const faults of [[], FAULT_NAMES.slice(0, 1), FAULT_NAMES])
      expect(faultsOf(faultsText(faults))).toEqual(faults);
    expect(faultsOf('reply lost,earthquake')).toBeNull();
    expect(faultsOf('')).toBeNull();
  });

  it.each(LONE_FAULT_NAMES)('%s: happens to one server, and breaks no promise', async (name) => {
    EFFECTS[name]?.(await seenOf({ faults: [name], servers: 'one' }));
  });

  it.each(FAULT_NAMES)('%s: happens to an ensemble, and breaks no promise', async (name) => {
    const seen = await seenOf({ faults: [name], servers: 'several' });
    expect(seen('leader established')).toBeGreaterThanOrEqual(4);
    ENSEMBLE_EFFECTS[name]?.(seen);
  });
});

/** How often what happened in two worlds in which this alone goes wrong. */
async function seenOf(options: Omit<SimulateOptions, 'seed'>): Promise<(what: string) => number> {
  const results: SimulationResult[] = [];
  for (const seed of [11, 12]) results.push(await simulate({ ...options, seed }));
  expect(results.map(failureOf).join('')).toBe('');
  const seen = (what: string): number => results.reduce((sum, { tally }) => sum + tally.of(what), 0);
  for (const name of options.faults ?? []) expect(seen(name)).toBeGreaterThan(0);
  return seen;
}

describe('seeds', () => {
  const fresh = runSize('SIM', 12);

  it.each(Array.from({ length: fresh.count }, (_, index) => fresh.seed + index))('%i, drawn afresh', async (seed) => {
    expect(failureOf(await simulate({ seed }))).toBe('');
  });
});
