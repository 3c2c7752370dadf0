import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import { BadArgumentsError } from '../../../src/client/index.js';
import { LockLostError } from '../../../src/recipes/index.js';
import { WorkPartitioner } from '../../../src/recipes/partitioner/index.js';
import type { Assignment, PartitionWork } from '../../../src/recipes/partitioner/index.js';
import { simulate } from '../../../src/testing/index.js';
import type { SimulatedWorld } from '../../../src/testing/index.js';

const PATH = '/work';
const PARTITIONS = Array.from({ length: 12 }, (_, index) => `p${index}`);
const DEBOUNCE_MS = 200;
const SHORT_MS = 2000;

/** One worker, and what it has worked on. */
class Worker {
  readonly partitioner: WorkPartitioner;
  readonly running = new Set<string>();
  readonly errors: unknown[] = [];
  readonly done: Promise<void>;

  constructor(client: Client, id: string, options: { drainMs?: number; work?: PartitionWork } = {}) {
    this.partitioner = new WorkPartitioner(client, PATH, {
      id,
      partitions: PARTITIONS,
      debounceMs: DEBOUNCE_MS,
      drainMs: options.drainMs,
      onError: (error) => this.errors.push(error),
    });
    this.done = this.partitioner.run(options.work ?? ((assignment) => this.work(assignment)));
  }

  async work(assignment: Assignment): Promise<void> {
    this.running.add(assignment.partition);
    await new Promise((resolve) => assignment.signal.addEventListener('abort', resolve));
    this.running.delete(assignment.partition);
  }
}

function allWorkedOn(...workers: Worker[]): boolean {
  const all = workers.flatMap(({ running }) => [...running]).sort();
  return JSON.stringify(all) === JSON.stringify([...PARTITIONS].sort());
}

async function claimsOf(world: SimulatedWorld): Promise<string[]> {
  const client = world.client();
  await client.sync('/');
  return (await client.getChildren(`${PATH}/claims`)).children;
}

describe('WorkPartitioner', () => {
  it('shares the partitions, and moves only what has to move', async () => {
    await simulate(async (world) => {
      const one = new Worker(world.client(), 'one');
      await world.until(() => allWorkedOn(one));
      const tokensBefore = new Map(one.partitioner.plan);
      const two = new Worker(world.client(), 'two');
      await world.until(() => two.running.size > 0 && allWorkedOn(one, two));
      expect(one.running.size).toBeGreaterThan(0);
      for (const partition of PARTITIONS) {
        expect(one.running.has(partition)).toBe(two.partitioner.plan.get(partition) === 'one');
      }
      expect(tokensBefore.size).toBe(PARTITIONS.length);
      expect(one.partitioner.members.sort()).toEqual(['one', 'two']);
      await two.partitioner.close();
      await two.done;
      await world.until(() => allWorkedOn(one));
      await one.partitioner.close();
      await one.done;
      expect(await claimsOf(world)).toEqual([]);
      expect([...one.errors, ...two.errors]).toEqual([]);
    });
  });

  it('gives a partition to its next worker only when the one before has stopped, with a larger token', async () => {
    await simulate(async (world) => {
      const clients = [world.client(), world.client()];
      const working = new Map<string, string>();
      const tokens = new Map<string, number>();
      const overlaps: string[] = [];
      const slowly =
        (id: string, client: Client): PartitionWork =>
        async (assignment) => {
          const { partition, token, signal } = assignment;
          if (working.has(partition)) overlaps.push(`${partition}: ${working.get(partition)} and ${id}`);
          if (token <= (tokens.get(partition) ?? 0)) overlaps.push(`${partition}: token ${token}`);
          working.set(partition, id);
          tokens.set(partition, token);
          if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
          await world.sleep(500, { client });
          working.delete(partition);
        };
      const workers = clients.map((client, at) => new Worker(client, `w${at}`, { work: slowly(`w${at}`, client) }));
      await world.until(() => working.size === PARTITIONS.length);
      const late = world.client();
      const third = new Worker(late, 'w2', { work: slowly('w2', late) });
      await world.until(() => [...working.values()].includes('w2') && working.size === PARTITIONS.length);
      await workers[0]!.partitioner.close();
      await world.until(() => ![...working.values()].includes('w0') && working.size === PARTITIONS.length);
      expect(overlaps).toEqual([]);
      await Promise.all([workers[1]!, third].map(({ partitioner }) => partitioner.close()));
    });
  });

  it('tells the worker why, and lets it write until it has released', async () => {
    await simulate(async (world) => {
      const client = world.client();
      await client.create('/ledger');
      const reasons: string[] = [];
      const writes: string[] = [];
      const work: PartitionWork = async (assignment) => {
        const { signal } = assignment;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        reasons.push(signal.reason instanceof LockLostError ? signal.reason.reason : 'unknown');
        await assignment.transaction().setData('/ledger', assignment.partition).commit();
        writes.push(assignment.partition);
        await assignment.release();
        expect(() => assignment.transaction()).toThrow(LockLostError);
      };
      const one = new Worker(client, 'one', { work });
      await world.until(() => one.partitioner.held.length === PARTITIONS.length);
      const two = new Worker(world.client(), 'two');
      await world.until(() => two.running.size > 0 && writes.length === two.running.size);
      expect(new Set(reasons)).toEqual(new Set(['rebalance']));
      await Promise.all([one.partitioner.close(), two.partitioner.close()]);
      expect(one.errors).toEqual([]);
    });
  });

  it('takes a partition away from a worker that does not stop, tells of it, and gives it no second worker here', async () => {
    await simulate(async (world) => {
      const one = new Worker(world.client(), 'one', { drainMs: 1000, work: () => new Promise(() => undefined) });
      await world.until(() => one.partitioner.held.length === PARTITIONS.length);
      const two = new Worker(world.client(), 'two');
      await world.until(() => two.running.size > 0);
      await world.sleep(3000);
      const taken = two.running.size;
      expect(one.errors).toHaveLength(taken);
      expect(new Set(one.errors.map((error) => (error as { code: string }).code))).toEqual(new Set(['DRAIN_OVERRUN']));
      await two.partitioner.close();
      await world.sleep(5000);
      expect(one.partitioner.held).toHaveLength(PARTITIONS.length - taken);
      await one.partitioner.close();
    });
  });

  it('is told of a lost session, joins again, and takes its old claims back when its work has stopped', async () => {
    await simulate(async (world) => {
      const clients = [1, 2].map(() => world.client({ sessionTimeoutMs: SHORT_MS }));
      const [one, two] = clients.map((client, at) => new Worker(client, `w${at}`));
      await world.until(() => allWorkedOn(one!, two!) && two!.running.size > 0);
      world.isolate(clients[0]!);
      await world.until(() => one!.running.size === 0);
      await world.until(() => two!.running.size === PARTITIONS.length);
      world.heal();
      await world.until(() => one!.running.size > 0 && allWorkedOn(one!, two!));
      await Promise.all([one!, two!].map(({ partitioner }) => partitioner.close()));
      expect(await claimsOf(world)).toEqual([]);
    });
  });

  it('waits for a claim that a lost session of its own has left: what it would delete may be the next one’s by then', async () => {
    await simulate(async (world) => {
      const [client, past] = [world.client(), world.client()];
      const claim = `${PATH}/claims/a`;
      const partitioner = new WorkPartitioner(client, PATH, { id: 'one', partitions: ['a'], debounceMs: DEBOUNCE_MS });
      for (const path of [PATH, `${PATH}/claims`]) await past.create(path);
      await past.create(claim, '{}', { mode: 'ephemeral' });
      const assignment = partitioner.assignments()[Symbol.asyncIterator]().next();
      await world.sleep(1000);
      const { data: member } = await past.getData(`${PATH}/members/one`);
      await past.transaction().delete(claim).create(claim, member, { mode: 'ephemeral' }).commit();
      await world.sleep(1000);
      const owner = (await past.exists(claim)).stat?.ephemeralOwner;
      expect(owner).toBe(past.sessionId);
      await past.close();
      const { value } = await assignment;
      expect(value?.isHeld()).toBe(true);
      await partitioner.close();
    });
  });

  it('knows at its first look that it stood still for too long, and its late write is refused', async () => {
    await simulate(async (world) => {
      const [client, other] = [1, 2].map(() => world.client({ sessionTimeoutMs: SHORT_MS })) as [Client, Client];
      await other.create('/ledger', 'nobody');
      const options = { partitions: ['a'], debounceMs: DEBOUNCE_MS };
      const first = new WorkPartitioner(client, PATH, options);
      const { value: late } = await first.assignments()[Symbol.asyncIterator]().next();
      const second = new WorkPartitioner(other, PATH, options);
      const next = second.assignments()[Symbol.asyncIterator]().next();
      world.stall(client, 3 * SHORT_MS);
      const waking = world.sleep(1, { client });
      const { value: now } = await next;
      expect(now!.token).toBeGreaterThan(late!.token);
      await now!.transaction().setData('/ledger', 'second').commit();
      await waking;
      expect(late!.isHeld()).toBe(false);
      expect(() => late!.transaction()).toThrow(LockLostError);
      await late!.release();
      expect((await other.exists(now!.path)).stat?.czxid).toBe(now!.token);
      expect((await other.getData('/ledger')).data?.toString()).toBe('second');
      await Promise.all([first.close(), now!.release()]);
      await second.close();
    });
  });

  it('loses no reply', async () => {
    await simulate(async (world) => {
      const client = world.client();
      await client.connected();
      const one = new Worker(client, 'one');
      for (let i = 0; i < 20; i += 1) {
        await world.sleep(100);
        world.loseReply(client);
      }
      await world.until(() => allWorkedOn(one));
      expect(await claimsOf(world)).toHaveLength(PARTITIONS.length);
      await one.partitioner.close();
      expect(await claimsOf(world)).toEqual([]);
    });
  });

  it('lets a partition rest whose work has ended, and tells what it threw', async () => {
    await simulate(async (world) => {
      let runs = 0;
      const work: PartitionWork = async ({ partition }) => {
        if (partition !== 'p0') return new Promise(() => undefined);
        runs += 1;
        throw new Error('no');
      };
      const one = new Worker(world.client(), 'one', { work, drainMs: 100 });
      await world.sleep(DEBOUNCE_MS + 3500);
      expect(runs).toBeGreaterThan(1);
      expect(runs).toBeLessThan(6);
      expect(one.errors.map(String)).toEqual(Array.from({ length: runs }, () => 'Error: no'));
      await one.partitioner.close();
    });
  });

  it('works with assignments by hand, and leaves when they are not read any more', async () => {
    await simulate(async (world) => {
      const partitioner = new WorkPartitioner(world.client(), PATH, {
        partitions: ['a', 'b'],
        debounceMs: 0,
        drainMs: 500,
      });
      const seen: string[] = [];
      for await (const assignment of partitioner.assignments()) {
        seen.push(assignment.partition);
        expect(assignment.isHeld()).toBe(true);
        if (seen.length === 2) break;
        expect(() => partitioner.assignments()[Symbol.asyncIterator]()).toThrow(BadArgumentsError);
      }
      expect(seen.sort()).toEqual(['a', 'b']);
      expect(await claimsOf(world)).toEqual([]);
    });
  });

  it('ends by its signal, and with its client', async () => {
    await simulate(async (world) => {
      const stopping = new AbortController();
      const client = world.client();
      const running = new WorkPartitioner(client, PATH, { partitions: ['a'] }).run(() => undefined, {
        signal: stopping.signal,
      });
      await world.sleep(3000);
      stopping.abort();
      await running;
      const other = new WorkPartitioner(client, PATH, { partitions: ['a'] });
      const ended = other.run(() => undefined);
      await world.sleep(3000);
      await client.close();
      await ended;
    });
  });

  it('shares the children of a node, as they come and go', async () => {
    await simulate(async (world) => {
      const client = world.client();
      await client.create('/topics');
      await client.create('/topics/a');
      const partitioner = new WorkPartitioner(client, PATH, {
        partitions: { childrenOf: '/topics' },
        debounceMs: DEBOUNCE_MS,
      });
      const running = partitioner.run(
        ({ signal }) => new Promise((end) => signal.addEventListener('abort', () => end())),
      );
      await world.until(() => partitioner.held.length === 1);
      await client.create('/topics/b');
      await world.until(() => partitioner.held.length === 2);
      await client.delete('/topics/a');
      await world.until(() => partitioner.held.join() === 'b');
      await partitioner.close();
      await running;
    });
  });

  it('a second worker of one id has nothing', async () => {
    await simulate(async (world) => {
      const one = new Worker(world.client(), 'same');
      await world.until(() => allWorkedOn(one));
      const two = new Worker(world.client(), 'same');
      await world.sleep(5000);
      expect(two.running.size).toBe(0);
      await one.partitioner.close();
      await world.until(() => allWorkedOn(two));
      await two.partitioner.close();
    });
  });

  it('refuses wrong options, naming them', async () => {
    await simulate(async (world) => {
      const client = world.client();
      expect(() => new WorkPartitioner(client, 'x', { partitions: [] })).toThrow(/path of a partitioner/);
      expect(() => new WorkPartitioner(client, PATH, { partitions: ['a', 'a'] })).toThrow(/a name twice/);
      expect(() => new WorkPartitioner(client, PATH, { partitions: ['a/b'] })).toThrow(/"a\/b"/);
      expect(() => new WorkPartitioner(client, PATH, { partitions: [], weight: 0 })).toThrow(/weight is 0/);
      expect(() => new WorkPartitioner(client, PATH, { partitions: [], drainMs: -1 })).toThrow(/drainMs is -1/);
    });
  });
});
