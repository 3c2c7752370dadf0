import { describe, expect, it } from 'vitest';
import { LeaderLatch, LockLostError } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import { latchesInLine, latchOf, nodesIn, PATH, SESSION_MS } from './latches.js';

const leaders = (latches: readonly LeaderLatch[]): number => latches.filter((latch) => latch.hasLeadership()).length;

function resignOne(latch: LeaderLatch): void {
  latch.awaitLeadership().then(
    (term) => term.resign(),
    () => undefined, // closed before it led
  );
}

describe('a leader latch, where others have failed,', () => {
  it.each([0, 2, 4, 6, 8, 10, 15, 20])(
    'CURATOR-3, CURATOR-18: leaves no node when closed %i ms after start, and replies are lost',
    async (ms) => {
      await simulate(async (world) => {
        const admin = world.client();
        await admin.connected();
        const client = world.client({ sessionTimeoutMs: SESSION_MS });
        await client.connected();
        const latch = new LeaderLatch(client, PATH);
        latch.start();
        await world.sleep(ms);
        world.loseReply(client);
        await latch.close();
        expect(latch.state).toBe('closed');
        await world.sleep(500); // its session lives on
        await client.sync('/');
        expect(await nodesIn(admin)).toEqual([]);
        expect(client.pendingCleanupCount).toBe(0);
      });
    },
  );

  it.each([1, 3, 5, 7, 9])('has one node when replies are lost %i ms after start', async (ms) => {
    await simulate(async (world) => {
      const admin = world.client();
      const { latch, client } = latchOf(world);
      await client.connected();
      await world.sleep(ms);
      world.loseReply(client);
      await world.until(() => latch.hasLeadership());
      expect(await nodesIn(admin)).toHaveLength(1);
    });
  });

  it('CURATOR-202: leads on with the same node after a reconnection within the session', async () => {
    await simulate(async (world) => {
      const { latches, clients } = await latchesInLine(world, 2);
      const term = await latches[0]!.awaitLeadership();
      for (let i = 0; i < 3; i += 1) {
        world.disconnect(clients[0]!);
        await world.sleep(700);
      }
      expect((await latches[0]!.awaitLeadership()).token).toBe(term.token);
      expect(latches.map((latch) => latch.state)).toEqual(['leader', 'follower']);
    });
  });

  it('CURATOR-504, CURATOR-644, CURATOR-645: nobody gives up a place because connections break', async () => {
    await simulate(async (world) => {
      const { latches, clients } = await latchesInLine(world, 5);
      const before = await latches[0]!.participants();
      for (let i = 0; i < 10; i += 1) {
        for (const client of clients) world.disconnect(client);
        await world.sleep(i * 37);
      }
      await world.until(() => clients.every(({ state }) => state === 'connected'));
      await world.sleep(1000);
      expect(await latches[0]!.participants()).toEqual(before);
      expect(leaders(latches)).toBe(1);
    });
  });

  it('CURATOR-498, CURATOR-620, CURATOR-696: leads by no node of an earlier session, and deletes nobody else’s', async () => {
    await simulate(async (world) => {
      const { latches, clients } = await latchesInLine(world, 3);
      const first = await latches[0]!.awaitLeadership();
      world.isolate(clients[0]!);
      await world.until(() => latches[1]!.hasLeadership());
      expect(first.isHeld()).toBe(false);
      expect(first.signal.reason).toMatchObject({ reason: 'deadline-passed' });
      expect(latches[0]!.state).toBe('suspended');
      world.heal();
      await world.until(() => latches[0]!.state === 'follower');
      const line = await latches[0]!.participants();
      expect(line.map(({ id }) => id)).toEqual(['node-1', 'node-2', 'node-0']);
      for (const [at, { path }] of line.entries()) {
        const { stat } = await clients[0]!.exists(path);
        expect(stat?.ephemeralOwner).toBe(clients[[1, 2, 0][at]!]!.sessionId);
      }
    });
  });

  it('CURATOR-724: somebody leads after the path was collected while everybody was away', async () => {
    await simulate(async (world) => {
      const admin = world.client();
      const { latches, clients } = await latchesInLine(world, 3);
      for (const client of clients) world.isolate(client);
      await world.sleep(2 * SESSION_MS);
      expect(await nodesIn(admin)).toEqual([]);
      await admin.delete(PATH);
      await admin.delete('/leaders');
      world.heal();
      await world.until(() => leaders(latches) === 1);
      await world.until(() => latches.filter(({ state }) => state === 'follower').length === 2);
      expect(await nodesIn(admin)).toHaveLength(3);
    });
  });

  it('CURATOR-358: lists whom it finds while others leave', async () => {
    await simulate(async (world) => {
      const { latches, clients } = await latchesInLine(world, 6);
      for (let i = 5; i > 1; i -= 1) {
        const listed = latches[0]!.participants();
        await world.sleep(world.random.float() * 8);
        const line = await nodesIn(clients[0]!);
        await clients[0]!.delete(`${PATH}/${line[0]}`).catch(() => undefined);
        expect((await listed).length).toBeGreaterThan(0);
      }
    });
  });

  it('stands in line again, at the end, when its node was deleted by hand', async () => {
    await simulate(async (world) => {
      const { latches, clients } = await latchesInLine(world, 3);
      const line = await latches[0]!.participants();
      await clients[2]!.delete(line[1]!.path);
      await clients[2]!.delete(line[0]!.path);
      await world.until(() => latches[2]!.hasLeadership());
      world.disconnect(clients[0]!); // a leader looks again after each break
      await world.until(() => latches[0]!.state === 'follower' && latches[1]!.state === 'follower');
      expect((await latches[0]!.participants())[0]!.id).toBe('node-2');
    });
  });

  it('knows after a stall, before it does anything else, that it leads no more', async () => {
    await simulate(async (world) => {
      const { latches, clients } = await latchesInLine(world, 2);
      const term = await latches[0]!.awaitLeadership();
      const stalled = world.sleep(10, { client: clients[0]! });
      world.stall(clients[0]!, 2 * SESSION_MS);
      await world.until(() => latches[1]!.hasLeadership());
      await stalled; // the first turn of its own time
      expect(latches[0]!.hasLeadership()).toBe(false);
      expect(() => term.assertHeld()).toThrow(LockLostError);
      expect((await latches[1]!.awaitLeadership()).token).toBeGreaterThan(term.token);
    });
  });

  it('with onSuspended: abort leads on after a break only by a new term', async () => {
    await simulate(async (world) => {
      const { latch, client } = latchOf(world, { onSuspended: 'abort' });
      const first = await latch.awaitLeadership();
      world.disconnect(client);
      await world.until(() => first.signal.aborted);
      expect(first.signal.reason).toMatchObject({ reason: 'suspended' });
      const second = await latch.awaitLeadership();
      expect(second.token).toBeGreaterThan(first.token);
      expect(await nodesIn(client)).toHaveLength(1);
    });
  });

  it.each([1, 2, 3])('has exactly one leader after any faults that end with a quorum (seed %i)', async (seed) => {
    await simulate(
      async (world) => {
        const { latches, clients } = await latchesInLine(world, 4);
        for (let round = 0; round < 12; round += 1) {
          const client = clients[Math.floor(world.random.float() * clients.length)]!;
          const kind = Math.floor(world.random.float() * 5);
          if (kind === 0) world.isolate(client);
          else if (kind === 1) world.stall(client, world.random.float() * 2 * SESSION_MS);
          else if (kind === 2) world.loseReply(client);
          else if (kind === 3) resignOne(latches[clients.indexOf(client)]!);
          else for (const each of clients) world.disconnect(each);
          await world.sleep(world.random.float() * 2 * SESSION_MS);
          world.heal();
          expect(leaders(latches)).toBeLessThan(2);
        }
        await world.sleep(3 * SESSION_MS);
        await world.until(() => leaders(latches) === 1);
        await world.until(() => latches.every(({ state }) => state === 'leader' || state === 'follower'));
        expect(await nodesIn(clients[0]!)).toHaveLength(4);
        await Promise.all(latches.map((latch) => latch.close()));
        expect(await nodesIn(clients[0]!)).toEqual([]);
      },
      { seed },
    );
  });
});
