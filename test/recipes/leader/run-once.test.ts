import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import { TimeoutError } from '../../../src/client/index.js';
import { nodeCronCoordinator, runOnce } from '../../../src/recipes/index.js';
import type { OccasionRun, RunOnceOptions, RunOnceResult } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import type { SimulatedWorld } from '../../../src/testing/index.js';

const PATH = '/jobs/report';
const SESSION_MS = 3000;

function replicas(world: SimulatedWorld, count: number): Client[] {
  return Array.from({ length: count }, () => world.client({ sessionTimeoutMs: SESSION_MS }));
}

/** The servers' time, as a write shows it. */
async function serverMs(client: Client): Promise<number> {
  const { stat } = await client.create('/clock-', '', { mode: 'ephemeral-sequential' });
  return stat.ctime;
}

const optionsOf = (occasion: Date | string, more: Partial<RunOnceOptions> = {}): RunOnceOptions => ({
  path: PATH,
  occasion,
  ...more,
});

describe('runOnce', () => {
  it('runs each occasion on one replica, and tells the others who and when', async () => {
    await simulate(async (world) => {
      const clients = replicas(world, 4);
      const startMs = await serverMs(clients[0]!);
      const tokens: number[] = [];
      for (let tick = 0; tick < 5; tick += 1) {
        const occasion = new Date(startMs + 10_000 * tick);
        const runs: OccasionRun[] = [];
        const results = await Promise.all(
          clients.map(async (client, at) => {
            // Clocks that differ.
            await world.sleep(at === tick % 4 ? 0 : 500 * at);
            return runOnce(client, optionsOf(occasion, { by: `replica-${at}` }), (run) => {
              runs.push(run);
              return at;
            });
          }),
        );
        expect(runs.map((run) => run.occasion)).toEqual([occasion.toISOString()]);
        tokens.push(runs[0]!.token);
        const winner = results.find((result) => result.ran);
        const losers = results.filter((result) => !result.ran);
        expect(losers).toHaveLength(3);
        for (const loser of losers) {
          expect(loser).toMatchObject({ reason: 'taken', last: { by: `replica-${winner?.ran && winner.value}` } });
          expect(Math.abs(loser.last!.startedMs - (startMs + 10_000 * tick))).toBeLessThan(15_000);
        }
        await world.sleep(10_000);
      }
      expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
      const { children } = await clients[0]!.getChildren(PATH);
      expect(children).toEqual(['last']); // however many occasions
    });
  });

  it('runs no occasion after a later one, whatever the order of the calls', async () => {
    await simulate(async (world) => {
      const [client] = replicas(world, 1);
      const ran: string[] = [];
      const call = (occasion: string): Promise<RunOnceResult<number>> =>
        runOnce(client!, optionsOf(occasion), (run) => ran.push(run.occasion));
      expect(await call('2026-11-22')).toMatchObject({ ran: true, value: 1 });
      expect(await call('2026-11-23')).toMatchObject({ ran: true });
      expect(await call('2026-11-22')).toMatchObject({ ran: false, reason: 'superseded' });
      expect(await call('2026-11-23')).toMatchObject({ ran: false, reason: 'taken', last: { outcome: 'done' } });
      expect(ran).toEqual(['2026-11-22', '2026-11-23']);
    });
  });

  it.each([0, 2, 4, 6, 8, 10, 12, 15, 20, 30])('runs once when replies are lost (%i ms)', async (ms) => {
    await simulate(async (world) => {
      const clients = replicas(world, 3);
      await Promise.all(clients.map((client) => client.connected()));
      for (const occasion of ['a', 'b']) {
        let runs = 0;
        const calls = clients.map((client) => runOnce(client, optionsOf(occasion), () => (runs += 1)));
        await world.sleep(ms);
        for (const client of clients) world.loseReply(client);
        const results = await Promise.all(calls);
        expect([runs, results.filter(({ ran }) => ran).length]).toEqual([1, 1]);
        await world.until(() => clients.every(({ state }) => state === 'connected'));
      }
    });
  });

  it('leaves the occasion to the others when it may wait no longer, at any step', async () => {
    for (const ms of [0, 2, 4, 6, 8, 10, 12, 14]) {
      await simulate(async (world) => {
        const [one, other] = replicas(world, 2);
        await Promise.all([one!.connected(), other!.connected()]);
        await runOnce(other!, optionsOf('a'), () => undefined);
        const abort = new AbortController();
        const ran: string[] = [];
        const call = runOnce(one!, optionsOf('b', { signal: abort.signal }), () => ran.push('one'));
        call.catch(() => undefined);
        await world.sleep(ms);
        if (ms % 4 === 0) world.loseReply(one!);
        abort.abort(new Error('enough'));
        const outcome = await call.then(
          () => 'ran',
          () => 'gave up',
        );
        await world.sleep(2000);
        await runOnce(other!, optionsOf('b'), () => ran.push('other'));
        expect(ran).toEqual(outcome === 'ran' ? ['one'] : ['other']);
      });
    }
  });

  it('does not repeat a run that failed, and says that it did', async () => {
    await simulate(async (world) => {
      const [one, other] = replicas(world, 2);
      const failing = runOnce(one!, optionsOf('a'), () => {
        throw new Error('broken');
      });
      await expect(failing).rejects.toThrow('broken');
      const after = await runOnce(other!, optionsOf('a'), () => 'again');
      expect(after).toMatchObject({ ran: false, reason: 'taken', last: { outcome: 'failed' } });
    });
  });

  it('leaves an occasion whose runner died', async () => {
    await simulate(async (world) => {
      const [one, other] = replicas(world, 2);
      let hasBegun = false;
      void runOnce(one!, optionsOf('a'), () => {
        hasBegun = true;
        return new Promise<never>(() => undefined);
      });
      await world.until(() => hasBegun);
      world.kill(one!);
      await world.sleep(3 * SESSION_MS);
      const after = await runOnce(other!, optionsOf('a'), () => 'again');
      expect(after).toMatchObject({ ran: false, reason: 'taken', last: { outcome: 'running' } });
    });
  });

  it('runs it again with run-again, once for all who wait, and not if it ended', async () => {
    await simulate(async (world) => {
      const clients = replicas(world, 4);
      const log: string[] = [];
      let interrupted = false;
      const call = (client: Client, name: string, ends: boolean): Promise<RunOnceResult<void>> =>
        runOnce(client, optionsOf('a', { ifCrashed: 'run-again', by: name }), async (run) => {
          log.push(name);
          run.signal.addEventListener('abort', () => (interrupted = true));
          await (ends ? world.sleep(100) : new Promise<never>(() => undefined));
        });
      void call(clients[0]!, 'first', false);
      await world.until(() => log.length === 1);
      const waiting = clients.slice(1).map((client, at) => call(client, `other ${at}`, true));
      await world.sleep(1000);
      expect(log).toEqual(['first']);
      world.isolate(clients[0]!);
      const results = await Promise.all(waiting);
      expect(log).toHaveLength(2);
      expect(results.filter(({ ran }) => ran)).toHaveLength(1);
      expect(interrupted).toBe(true); // the first was told before somebody else began
      const late = await call(clients[1]!, 'late', true);
      expect(late).toMatchObject({ ran: false, reason: 'taken', last: { outcome: 'done' } });
    });
  });

  it('gives up a wait for the runner of run-again without a trace', async () => {
    await simulate(async (world) => {
      const [one, other] = replicas(world, 2);
      let [hasBegun, end] = [false, (): void => undefined];
      const running = runOnce(one!, optionsOf('a', { ifCrashed: 'run-again' }), () => {
        hasBegun = true;
        return new Promise<void>((resolve) => (end = resolve));
      });
      await world.until(() => hasBegun);
      const late = runOnce(other!, optionsOf('a', { ifCrashed: 'run-again', timeoutMs: 500 }), () => 'again');
      await expect(late).rejects.toBeInstanceOf(TimeoutError);
      expect((await other!.getChildren(`${PATH}/lock`)).children).toHaveLength(1);
      end();
      expect(await running).toMatchObject({ ran: true });
    });
  });

  it('gives a replica whose clock is far ahead nothing, and the others what is theirs', async () => {
    await simulate(async (world) => {
      const [ahead, right] = replicas(world, 2);
      const nowMs = await serverMs(right!);
      const ran: string[] = [];
      const call = (client: Client, occasion: Date): Promise<RunOnceResult<number>> =>
        runOnce(client, optionsOf(occasion), (run) => ran.push(run.occasion));
      for (let tick = 0; tick < 3; tick += 1) {
        const due = new Date(nowMs + 60_000 * tick);
        const early = new Date(due.getTime() + 3_600_000);
        const [wrong, correct] = await Promise.all([call(ahead!, early), call(right!, due)]);
        expect(wrong).toMatchObject({ ran: false, reason: 'too-early' });
        expect(correct).toMatchObject({ ran: true });
        expect(await call(ahead!, due)).toMatchObject({ ran: false, reason: 'taken' });
        await world.sleep(60_000);
      }
      expect(ran).toHaveLength(3);
    });
  });

  it('runs nothing that comes later than lateMaxMs, on any replica', async () => {
    await simulate(async (world) => {
      const [one, other] = replicas(world, 2);
      const due = new Date((await serverMs(one!)) - 5000);
      const call = (client: Client): Promise<RunOnceResult<string>> =>
        runOnce(client, optionsOf(due, { lateMaxMs: 3000 }), () => 'ran');
      expect(await call(one!)).toMatchObject({ ran: false, reason: 'too-late', last: null });
      expect(await call(other!)).toMatchObject({ ran: false, reason: 'taken', last: { outcome: 'skipped' } });
    });
  });

  it('names what is wrong with its arguments, and a node that is not its own', async () => {
    await simulate(async (world) => {
      const [client] = replicas(world, 1);
      const call = (options: object): Promise<unknown> =>
        runOnce(client!, { path: PATH, occasion: 'a', ...options }, () => undefined);
      await expect(call({ path: 'jobs' })).rejects.toThrow(/path of a job/);
      await expect(call({ occasion: '' })).rejects.toThrow(/occasion is ""/);
      await expect(call({ occasion: new Date(Number.NaN) })).rejects.toThrow(/occasion is null/);
      await expect(call({ ifCrashed: 'retry' })).rejects.toThrow(/ifCrashed is retry/);
      await expect(call({ earlyMaxMs: -1 })).rejects.toThrow(/earlyMaxMs is -1/);
      await client!.create('/jobs');
      await client!.create(PATH);
      await client!.create(`${PATH}/last`, 'hello');
      await expect(call({})).rejects.toThrow(/holds no record of a job/);
    });
  });
});

describe('the coordinator for node-cron', () => {
  it('lets one process run a task at a time that all are asked about', async () => {
    await simulate(async (world) => {
      const clients = replicas(world, 3);
      const coordinators = clients.map((client) => nodeCronCoordinator(client, { path: '/cron' }));
      const startMs = await serverMs(clients[0]!);
      for (let tick = 0; tick < 4; tick += 1) {
        const key = `a/b: nightly:${new Date(startMs + tick * 1000).toISOString()}`;
        const asked = await Promise.all(coordinators.map((each) => each.shouldRun(key, 30_000)));
        expect(asked.filter(Boolean)).toHaveLength(1);
        await Promise.all(coordinators.map((each) => each.onComplete(key)));
        await world.sleep(1000);
      }
      const [task] = (await clients[0]!.getChildren('/cron')).children;
      const { data } = await clients[0]!.getData(`/cron/${task}/last`);
      expect(JSON.parse(String(data))).toMatchObject({ outcome: 'done' });
    });
  });

  it('rejects, so that the run is skipped, without an answer in time and with a key that is none', async () => {
    await simulate(async (world) => {
      const [client] = replicas(world, 1);
      const coordinator = nodeCronCoordinator(client!, { path: '/cron' });
      await expect(coordinator.shouldRun('nightly', 1000)).rejects.toThrow(/key is "nightly"/);
      await client!.connected();
      world.isolate(client!);
      await expect(coordinator.shouldRun(`a:${new Date(0).toISOString()}`, 1000)).rejects.toBeInstanceOf(TimeoutError);
    });
  });
});
