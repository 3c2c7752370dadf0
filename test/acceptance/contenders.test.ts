import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { OpCode } from '../../src/protocol/index.js';
import type { Hold } from '../../src/recipes/index.js';
import { startServer } from '../../src/testing/index.js';
import { fourLetterWord } from '../interop/support/ports.js';
import { MutexScene, WAIT_MS } from '../recipes/live/mutex-scene.js';

const scene = new MutexScene();

beforeAll(async () => {
  scene.server = await startServer();
});
afterAll(() => scene.server.close());
beforeEach(() => scene.enter());
afterEach(() => scene.company.leave());

test('4. Lose the reply to a create: no orphan contender', async () => {
  const proxy = await scene.company.proxy();
  const [watcher, client] = [await scene.company.client(), await scene.company.client({ through: proxy })];
  // Alone, behind a holder, with the lock's path still to be made, and given up while nobody knows what was made.
  for (const [place, situation] of (['alone', 'behind', 'first use', 'given up'] as const).entries()) {
    scene.path = `/lost-replies/${place}`;
    if (situation !== 'first use') await scene.mutexOf(watcher).run(() => undefined);
    const ahead = situation === 'behind' ? await scene.mutexOf(watcher).acquire() : null;
    const giveUp = new AbortController();
    const caught = proxy.holdReply(situation === 'first use' ? OpCode.createContainer : OpCode.create2);
    const turn = scene.mutexOf(client).acquire({ timeoutMs: WAIT_MS, signal: giveUp.signal });
    const reply = await caught;
    if (situation === 'given up') giveUp.abort(new Error('never mind'));
    reply.lose();
    if (situation === 'given up') {
      await expect(turn).rejects.toThrow('never mind');
      await scene.lineOfLength(watcher, 0);
      continue;
    }
    if (ahead !== null) {
      expect((await scene.lineOfLength(watcher, 2))[0]).toBe(ahead.path);
      await ahead.release();
    }
    const hold = await turn;
    expect(await scene.lineOf(watcher)).toEqual([hold.path]);
    await hold.release();
    expect(await scene.lineOf(watcher)).toEqual([]);
  }
  await scene.watchesSettleAt(0);
});

test('6. Cancel the fifth of ten waiters: the sixth watches the fourth; nothing left behind', async () => {
  const clients = await scene.company.clients(11);
  const aborts = clients.map(() => new AbortController());
  const holder = await scene.mutexOf(clients[0]!).acquire();
  const turns: Promise<Hold>[] = [];
  for (const [place, client] of clients.entries()) {
    const { signal } = aborts[place]!;
    if (place > 0) turns.push((await scene.waitInLine(client, { signal })).turn);
  }
  await scene.watchesSettleAt(10);
  const line = await scene.lineOf(clients[0]!);
  expect(await watcherOf(line[5]!)).toEqual([clients[6]!.sessionId]);
  aborts[5]!.abort(new Error('fifth gives up'));
  await expect(turns[4]).rejects.toThrow('fifth gives up');
  expect(await scene.lineOf(clients[0]!)).toEqual(line.filter((_, place) => place !== 5));
  await scene.watchesSettleAt(9);
  expect(await watcherOf(line[4]!)).toEqual([clients[6]!.sessionId]);
  expect(await watcherOf(line[5]!)).toEqual([]);
  // The others have their turns, in order.
  await holder.release();
  for (const place of [1, 2, 3, 4, 6, 7, 8, 9, 10]) {
    const hold = await turns[place - 1]!;
    expect(hold.path).toBe(line[place]);
    await hold.release();
  }
  expect(await scene.lineOf(clients[0]!)).toEqual([]);
  expect(await scene.watchCount()).toBe(0);
  for (const client of clients) {
    expect(await client.getEphemerals()).toEqual([]);
    expect(client.pendingCleanupCount).toBe(0);
  }
});

/** Ids of the sessions that watch the node's data. */
async function watcherOf(path: string): Promise<bigint[]> {
  const lines = (await fourLetterWord(scene.server.port, 'wchp', WAIT_MS)).split('\n');
  const at = lines.indexOf(path);
  const ids: bigint[] = [];
  for (const line of at < 0 ? [] : lines.slice(at + 1)) {
    if (!line.startsWith('\t')) break;
    ids.push(BigInt.asIntN(64, BigInt(line.trim())));
  }
  return ids;
}
