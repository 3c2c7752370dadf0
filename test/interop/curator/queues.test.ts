import { expect, test } from 'vitest';
import { describeWithCurator, PAIRS, type CuratorStage } from '../support/curator-stage.js';
import type { PeerKind, RecipePeer } from '../support/recipe-peer.js';
import { until } from '../support/until.js';

const ITEMS = 80;
const UNTIL_MS = 30_000;
const DELAY_MS = 600;
/** Far less than the heir's own session timeout. */
const HEIR_MAX_MS = 3_000;

describeWithCurator('queues shared with Curator', { rooms: ['queues'] }, (stage) => {
  test.each([
    ['at least once, with claims below a lock path', '/queue/claimed', '/queue/claims'],
    ['at most once, without', '/queue/bare', ''],
  ])('DistributedQueue, %s: both put, both consume, each item once', async (_, path, lockPath) => {
    for (const peer of both(stage)) await open(peer, { path, lockPath, consumer: 'none', name: `${path}/producer` });
    // Some lie there already when the consumers come, the rest meets them.
    await Promise.all(
      both(stage).map((peer) => peer.call('queue.fill', `${path}/producer`, `${peer.kind} early `, ITEMS / 4)),
    );
    await Promise.all(both(stage).map((peer) => open(peer, { path, lockPath, consumer: 'slow' })));
    await Promise.all(
      both(stage).map((peer) => peer.call('queue.fill', `${path}/producer`, `${peer.kind} late `, ITEMS / 4)),
    );
    await untilTaken(stage, path, ITEMS);
    await stage.children(path, 0);
    const expected = both(stage).flatMap(({ kind }) => [...numbered(`${kind} early `), ...numbered(`${kind} late `)]);
    expect(takenBy(stage, path).sort()).toEqual(expected.sort());
    for (const peer of both(stage)) expect(taken(peer, path).length, `taken by ${peer.kind}`).toBeGreaterThan(0);
    if (lockPath !== '') await stage.children(lockPath, 0);
    await close(stage, path, `${path}/producer`);
  });

  test.each(PAIRS)(
    'DistributedQueue: several items put as one by %s are consumed in order by %s',
    async (first, other) => {
      const path = `/queue/multi/${first}`;
      await open(stage.peer(first), { path, consumer: 'none' });
      await stage.peer(first).call('queue.putMulti', path, 'one', 'two', '\u00fcber drei', '');
      await stage.peer(first).call('queue.put', path, 'last');
      await open(stage.peer(other), { path, consumer: 'take' });
      await untilTaken(stage, path, 5);
      expect(taken(stage.peer(other), path)).toEqual(['one', 'two', '\u00fcber drei', '', 'last']);
      await close(stage, path);
    },
  );

  test.each(PAIRS)(
    'DistributedIdQueue: %s puts, %s removes by id and consumes the rest in order',
    async (first, other) => {
      const path = `/queue/id/${first}`;
      const [producer, consumer] = [stage.peer(first), stage.peer(other)];
      await open(producer, { path, kind: 'id', consumer: 'none' });
      for (const [item, id] of [
        ['a', 'keep'],
        ['b', 'drop/me'],
        ['c', 'also|keep'],
        ['d', 'drop/me'],
      ] as const) {
        await producer.call('queue.put', path, item, id);
      }
      await open(consumer, { path, kind: 'id', consumer: 'none' });
      // Curator 5.4 takes the id as it stands in the names; and it removes what it knows of, some time after the start.
      const id = consumer.kind === 'curator' ? 'drop_me' : 'drop/me';
      let removed = 0;
      await until(async () => (removed += await consumer.call<number>('queue.remove', path, id)) || undefined, {
        what: 'items to be removed',
        timeoutMs: UNTIL_MS,
      });
      expect(removed).toBe(2);
      expect(await producer.call('queue.remove', path, 'drop_me')).toBe(0);
      const names = await stage.children(path, 2);
      expect(names.map((name) => name.replace(/\d{10}$/, ''))).toEqual(['queue-|also_keep|', 'queue-|keep|']);
      await consumer.call('queue.close', path);
      await open(consumer, { path, kind: 'id', consumer: 'take' });
      await untilTaken(stage, path, 2);
      expect(taken(consumer, path)).toEqual(['a', 'c']);
      await close(stage, path);
    },
  );

  test.each(PAIRS)('DistributedPriorityQueue: %s puts, %s consumes the most urgent first', async (first, other) => {
    const path = `/queue/priority/${first}`;
    const producer = stage.peer(first);
    await open(producer, { path, kind: 'priority', consumer: 'none' });
    for (const priority of [5, -1, 2_147_483_647, 0, -2_147_483_648, 5]) {
      await producer.call('queue.put', path, `at ${priority}`, priority);
    }
    const prefixes = ['queue-000000000', 'queue-080000000', 'queue-0FFFFFFFF', 'queue-100000005', 'queue-17FFFFFFF'];
    const names = await stage.children(path, 6);
    expect(names.filter((name) => !prefixes.some((prefix) => name.startsWith(prefix))).length).toBeLessThanOrEqual(1);
    await open(stage.peer(other), { path, kind: 'priority', consumer: 'take' });
    await untilTaken(stage, path, 6);
    expect(taken(stage.peer(other), path)).toEqual([
      'at -2147483648',
      'at -1',
      'at 0',
      'at 5',
      'at 5',
      'at 2147483647',
    ]);
    await close(stage, path);
  });

  test.each(PAIRS)('DistributedDelayQueue: %s puts, %s consumes each when it is due', async (first, other) => {
    const path = `/queue/delay/${first}`;
    const [producer, consumer] = [stage.peer(first), stage.peer(other)];
    await open(producer, { path, kind: 'delay', consumer: 'none' });
    await open(consumer, { path, kind: 'delay', consumer: 'take' });
    const now = Date.now();
    for (const delay of [DELAY_MS, 2 * DELAY_MS, 1 - now]) {
      await producer.call('queue.put', path, String(now + delay), now + delay);
    }
    await untilTaken(stage, path, 3);
    expect(taken(consumer, path)).toEqual([1 - now, DELAY_MS, 2 * DELAY_MS].map((delay) => String(now + delay)));
    for (const event of consumer.events('took').filter(({ name }) => name === path)) {
      expect(Number(event['epochMs'])).toBeGreaterThanOrEqual(Number(event['item']));
    }
    await close(stage, path);
  });

  test.each(PAIRS)(
    '%s refuses each item once, and in the end each is consumed once, by it or by %s',
    async (first, other) => {
      const path = `/queue/refused/${first}`;
      const lockPath = `${path}-claims`;
      const [refusing, willing] = [stage.peer(first), stage.peer(other)];
      await open(willing, { path, lockPath, consumer: 'none', name: `${path}/producer` });
      await willing.call('queue.fill', `${path}/producer`, 'item ', 10);
      await open(refusing, { path, lockPath, consumer: 'refuse' });
      await refusing.event('refused', ({ name }) => name === path);
      await open(willing, { path, lockPath, consumer: 'take' });
      await untilTaken(stage, path, 10);
      await stage.children(path, 0);
      expect(takenBy(stage, path).sort()).toEqual(numbered('item ', 10).sort());
      await close(stage, path, `${path}/producer`);
    },
  );

  test.each(PAIRS)('%s dies with an item in its hands, %s gets it', async (first, other) => {
    const path = `/queue/dying/${first}`;
    const lockPath = `${path}-claims`;
    const doomed = await stage.extra(first);
    await open(doomed, { path, lockPath, consumer: 'stall' });
    const heir = stage.peer(other);
    const tookHere = (item: string) => (event: { name?: unknown; item?: unknown }) =>
      event.name === path && event.item === item;
    await open(heir, { path, lockPath, consumer: 'none', name: `${path}/producer` });
    await heir.call('queue.put', `${path}/producer`, 'precious');
    await doomed.event('took');
    const [claim] = await stage.children(lockPath, 1);
    expect([claim]).toEqual(await stage.children(path, 1));
    await open(heir, { path, lockPath, consumer: 'take' });
    await heir.call('queue.put', `${path}/producer`, 'next');
    await heir.event('took', tookHere('next'));
    expect(taken(heir, path), 'while the claim stands').toEqual(['next']);
    await doomed.kill();
    await stage.children(lockPath, 0);
    const goneMs = performance.now();
    // Nothing tells Curator's consumer that a claim has gone, until something changes below the queue.
    if (other === 'curator') await heir.call('queue.put', `${path}/producer`, 'nudge');
    await heir.event('took', tookHere('precious'));
    expect(performance.now() - goneMs, 'ms since its session ended').toBeLessThan(HEIR_MAX_MS);
    await stage.children(path, 0);
    expect(taken(heir, path).filter((item) => item !== 'nudge')).toEqual(['next', 'precious']);
    for (const name of [path, `${path}/producer`]) await heir.call('queue.close', name);
  });

  test('SimpleDistributedQueue: both offer, both take, each item once', async () => {
    const path = '/queue/simple';
    const offers = both(stage).flatMap((peer) =>
      numbered(`${peer.kind} `, ITEMS / 2).map((item) => peer.call('simple.offer', path, item)),
    );
    const drained = both(stage).map((peer) => peer.call<string[]>('simple.drain', path, 1_000));
    await Promise.all(offers);
    const items = (await Promise.all(drained)).flat();
    expect(items.sort()).toEqual(
      both(stage)
        .flatMap(({ kind }) => numbered(`${kind} `, ITEMS / 2))
        .sort(),
    );
  });

  test.each(PAIRS)('SimpleDistributedQueue: %s offers, %s peeks and polls in order', async (first, other) => {
    const path = `/queue/simple-order/${first}`;
    const [producer, consumer] = [stage.peer(first), stage.peer(other)];
    const waiting = consumer.call('simple.poll', path, UNTIL_MS);
    await producer.call('simple.offer', path, 'awaited');
    expect(await waiting).toBe('awaited');
    await producer.call('simple.offer', path, 'first');
    await producer.call('simple.offer', path, 'second');
    expect((await stage.children(path, 2)).filter((name) => !/^qn-\d{10}$/.test(name))).toEqual([]);
    expect(await consumer.call('simple.peek', path)).toBe('first');
    expect(await consumer.call('simple.poll', path, 0)).toBe('first');
    expect(await consumer.call('simple.poll', path, 0)).toBe('second');
    expect(await consumer.call('simple.poll', path, 0)).toBeNull();
  });
});

interface OpenQueue {
  readonly path: string;
  readonly kind?: 'plain' | 'id' | 'priority' | 'delay';
  readonly lockPath?: string;
  readonly consumer: 'none' | 'take' | 'slow' | 'stall' | 'refuse';
  /** By which the queue is called afterwards. Default: its path. */
  readonly name?: string;
}

function open(peer: RecipePeer, queue: OpenQueue): Promise<unknown> {
  const { path, kind = 'plain', lockPath = '', consumer, name = path } = queue;
  return peer.call('queue.open', name, kind, path, lockPath, consumer);
}

async function close(stage: CuratorStage, ...names: readonly string[]): Promise<void> {
  for (const name of names) await Promise.all(both(stage).map((peer) => peer.call('queue.close', name)));
}

function both(stage: CuratorStage): readonly RecipePeer[] {
  return (['curator', 'pinfold'] satisfies PeerKind[]).map((kind) => stage.peer(kind));
}

function taken(peer: RecipePeer, path: string): string[] {
  const events = peer.events('took').filter(({ name }) => name === path);
  return events.map((event) => String(event['item']));
}

function takenBy(stage: CuratorStage, path: string): string[] {
  return both(stage).flatMap((peer) => taken(peer, path));
}

async function untilTaken(stage: CuratorStage, path: string, count: number): Promise<void> {
  const look = (): true | undefined => takenBy(stage, path).length >= count || undefined;
  await until(look, { what: `${count} items of ${path} to be taken`, timeoutMs: UNTIL_MS });
}

function numbered(prefix: string, count = ITEMS / 4): string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}${at}`);
}
