import { describe, expect, it } from 'vitest';
import { BadArgumentsError, ClosedError, TimeoutError } from '../../../src/client/index.js';
import { LeaderLatch, LockLostError } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import { latchesInLine, latchOf, nodesIn, PATH, SESSION_MS } from './latches.js';

describe('a leader latch', () => {
  it('lets one lead, and the next in the order of arrival when that one closes', async () => {
    await simulate(async (world) => {
      const { latches, clients } = await latchesInLine(world, 4);
      expect(latches.map((latch) => latch.state)).toEqual(['leader', 'follower', 'follower', 'follower']);
      const tokens: number[] = [];
      for (const [at, latch] of latches.entries()) {
        const term = await latch.awaitLeadership({ timeoutMs: 1000 });
        expect(latches.map((each) => each.hasLeadership())).toEqual(latches.map((_, index) => index === at));
        tokens.push(term.token);
        await latch.close();
        expect(term.signal.reason).toBeInstanceOf(LockLostError);
        expect(latch.state).toBe('closed');
        expect(await nodesIn(clients[0]!)).toHaveLength(latches.length - 1 - at);
      }
      expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    });
  });

  it('tells who takes part, who leads, and what each calls itself', async () => {
    await simulate(async (world) => {
      const { latches } = await latchesInLine(world, 3);
      const participants = await latches[2]!.participants();
      expect(participants.map(({ id, isLeader }) => [id, isLeader])).toEqual([
        ['node-0', true],
        ['node-1', false],
        ['node-2', false],
      ]);
      expect(await latches[1]!.leader()).toEqual(participants[0]);
      for (const latch of latches) await latch.close();
      expect(await latches[0]!.leader()).toBeNull();
    });
  });

  it('wakes one when the leader goes, however many follow', async () => {
    await simulate(async (world) => {
      const { latches, clients } = await latchesInLine(world, 10);
      const watching = async (): Promise<number> => {
        const line = await latches[9]!.participants();
        const kept = clients.flatMap((client) => line.map(({ path }) => client.checkWatches(path)));
        return (await Promise.all(kept)).filter(Boolean).length;
      };
      expect(await watching()).toBe(9);
      await latches[0]!.close();
      await world.until(() => latches[1]!.hasLeadership());
      // All but the new leader still have the watch they had: nobody else was woken.
      expect(await watching()).toBe(8);
    });
  });

  it('gives each term once, and stands in line again after resign()', async () => {
    await simulate(async (world) => {
      const { latches, clients } = await latchesInLine(world, 2);
      const seen: string[] = [];
      const stopping = new AbortController();
      const readers = latches.map(async (latch, at) => {
        for await (const term of latch.terms({ signal: stopping.signal })) {
          seen.push(`${at}`);
          await world.sleep(50);
          await term.resign();
        }
      });
      await world.until(() => seen.length >= 6);
      stopping.abort();
      await Promise.all(readers);
      expect(seen.slice(0, 6)).toEqual(['0', '1', '0', '1', '0', '1']);
      expect(await nodesIn(clients[0]!)).toHaveLength(2);
      await Promise.all(latches.map((latch) => latch.close()));
      expect(await nodesIn(clients[0]!)).toEqual([]);
    });
  });

  it('refuses guarded writes of a term that is over', async () => {
    await simulate(async (world) => {
      const { latches, clients } = await latchesInLine(world, 2);
      const term = await latches[0]!.awaitLeadership();
      await term.transaction().create('/plan', 'first').commit();
      await clients[1]!.delete(term.path);
      await expect(term.transaction().setData('/plan', 'late').commit()).rejects.toMatchObject({ index: 0 });
    });
  });

  it('rejects waits and ends iterations when it closes, also from inside of them', async () => {
    await simulate(async (world) => {
      const { latches, clients } = await latchesInLine(world, 2);
      const waiting = latches[1]!.awaitLeadership();
      waiting.catch(() => undefined);
      const timedOut = latches[1]!.awaitLeadership({ timeoutMs: 10 });
      await expect(timedOut).rejects.toBeInstanceOf(TimeoutError);
      const states: string[] = [];
      const reader = (async () => {
        for await (const state of latches[1]!.states()) {
          states.push(state);
          if (state === 'leader') await latches[1]!.close();
        }
      })();
      const ended = latches[1]!.terms()[Symbol.asyncIterator]();
      const early = ended.next();
      await latches[0]!.close();
      await reader;
      expect(states).toEqual(['follower', 'leader', 'closed']);
      expect((await waiting).isHeld()).toBe(false);
      expect((await early).value?.isHeld()).toBe(false);
      expect((await ended.next()).done).toBe(true);
      await expect(latches[1]!.awaitLeadership()).rejects.toBeInstanceOf(ClosedError);
      expect(() => latches[1]!.start()).toThrow(ClosedError);
      expect(await nodesIn(clients[0]!)).toEqual([]);
    });
  });

  it('can be closed again inside the abort of its term', async () => {
    await simulate(async (world) => {
      const { latches, clients } = await latchesInLine(world, 1);
      const term = await latches[0]!.awaitLeadership();
      const inner: Promise<void>[] = [];
      term.signal.addEventListener('abort', () => void inner.push(latches[0]!.close()));
      await latches[0]!.close();
      await Promise.all(inner);
      expect(inner).toHaveLength(1);
      expect(await nodesIn(clients[0]!)).toEqual([]);
    });
  });

  it('ends with its client', async () => {
    await simulate(async (world) => {
      const { latches, clients } = await latchesInLine(world, 2);
      const term = await latches[0]!.awaitLeadership();
      await clients[0]!.close();
      expect(latches[0]!.state).toBe('closed');
      expect(term.signal.aborted).toBe(true);
      await world.until(() => latches[1]!.hasLeadership());
      await latches[0]!.close();
    });
  });

  it('starts without a server, and is closed without one', async () => {
    await simulate(async (world) => {
      for (const server of world.servers) world.kill(server);
      const { latch } = latchOf(world);
      const { latch: other, client } = latchOf(world);
      await world.sleep(5000);
      expect(latch.state).toBe('suspended');
      await latch.close();
      for (const server of world.servers) world.start(server);
      await world.until(() => other.hasLeadership());
      await world.sleep(5000);
      expect(await nodesIn(client)).toHaveLength(1);
    });
  });

  it('names what is wrong with its arguments, and with a wait before start()', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const make = (path: string, options: object): (() => void) => {
        return () => void new LeaderLatch(client, path, options);
      };
      expect(make('leaders', {})).toThrow(/path of a leader latch/);
      expect(make('/a', { id: 7 })).toThrow(/id is 7/);
      expect(make('/a', { deadlineMarginMs: -1 })).toThrow(/deadlineMarginMs is -1/);
      expect(make('/a', { onSuspended: 'stop' })).toThrow(/onSuspended is stop/);
      const latch = new LeaderLatch(client, PATH);
      expect(latch.state).toBe('latent');
      await expect(latch.awaitLeadership()).rejects.toBeInstanceOf(BadArgumentsError);
      expect(() => latch.terms()).toThrow(/call start/);
    });
  });

  it('tells of what repeating does not mend, and goes on when it is mended', async () => {
    await simulate(async (world) => {
      const admin = world.client();
      await admin.addAuth('digest', 'admin:secret');
      const acl = [{ perms: 31, id: { scheme: 'auth', id: '' } }];
      await admin.create('/leaders', '', { acl });
      const errors: unknown[] = [];
      const { latch } = latchOf(world, {
        onError: (error) => {
          errors.push(error);
          throw new Error('a hook that throws disturbs nobody');
        },
      });
      await world.until(() => errors.length > 2);
      expect(latch.state).toBe('latent');
      await admin.setAcl('/leaders', [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }]);
      await world.until(() => latch.hasLeadership());
      expect(errors[0]).toMatchObject({ code: 'NO_AUTH' });
    });
  });
});

describe('observeLeader()', () => {
  it('follows who leads, also before there is one and for one who takes no part', async () => {
    await simulate(async (world) => {
      const client = world.client({ sessionTimeoutMs: SESSION_MS });
      const observed = new LeaderLatch(client, PATH).observeLeader()[Symbol.asyncIterator]();
      const next = async (): Promise<string | null | undefined> => {
        const { value } = await observed.next();
        return value === null ? null : value?.id;
      };
      expect(await next()).toBeNull();
      const { latches } = await latchesInLine(world, 3);
      expect(await next()).toBe('node-0');
      await latches[0]!.close();
      expect(await next()).toBe('node-1');
      world.disconnect(client);
      await latches[1]!.close();
      await latches[2]!.close();
      const last = await next();
      expect([null, 'node-2']).toContain(last);
      if (last !== null) expect(await next()).toBeNull();
      expect(await client.checkWatches(PATH)).toBe(true);
      await observed.return?.();
      expect(await client.checkWatches(PATH)).toBe(false);
    });
  });

  it('ends with its signal, its latch or its client, in the middle of a wait', async () => {
    await simulate(async (world) => {
      const client = world.client({ sessionTimeoutMs: SESSION_MS });
      const latch = new LeaderLatch(client, PATH);
      const stopping = new AbortController();
      const ended = (async () => {
        let seen = 0;
        for await (const leader of latch.observeLeader({ signal: stopping.signal })) seen += leader === null ? 1 : 0;
        return seen;
      })();
      await world.sleep(100);
      stopping.abort();
      expect(await ended).toBe(1);
      const second = latch.observeLeader()[Symbol.asyncIterator]();
      await second.next();
      const pending = second.next();
      await latch.close();
      expect((await pending).done).toBe(true);
      const third = new LeaderLatch(client, PATH).observeLeader()[Symbol.asyncIterator]();
      await third.next();
      const last = third.next();
      await client.close();
      expect((await last).done).toBe(true);
    });
  });
});
