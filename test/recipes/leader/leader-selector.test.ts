import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import { LeaderSelector, LockLostError } from '../../../src/recipes/index.js';
import type { LeaderSelectorOptions, LeaderTerm, TakeLeadership } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import type { SimulatedWorld } from '../../../src/testing/index.js';
import { nodesIn, PATH, SESSION_MS } from './latches.js';

interface Scene {
  readonly client: Client;
  readonly selector: LeaderSelector;
}

function selectorOf(world: SimulatedWorld, body: TakeLeadership, options: LeaderSelectorOptions = {}): Scene {
  const client = world.client({ sessionTimeoutMs: SESSION_MS });
  const selector = new LeaderSelector(client, PATH, body, options);
  selector.start();
  return { client, selector };
}

const untilAborted = ({ signal }: LeaderTerm): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

describe('a leader selector', () => {
  it('runs one callback at a time, in turns', async () => {
    await simulate(async (world) => {
      const terms: { who: number; token: number }[] = [];
      let inside = 0;
      const scenes = [0, 1, 2].map((who) =>
        selectorOf(world, async (term) => {
          inside += 1;
          expect(inside).toBe(1);
          terms.push({ who, token: term.token });
          await world.sleep(100);
          inside -= 1;
        }),
      );
      await world.until(() => terms.length >= 9);
      const order = terms.slice(0, 3).map(({ who }) => who);
      expect([...order].sort()).toEqual([0, 1, 2]);
      expect(terms.slice(3, 9).map(({ who }) => who)).toEqual([...order, ...order]);
      expect(terms.map(({ token }) => token)).toEqual(terms.map(({ token }) => token).sort((a, b) => a - b));
      await Promise.all(scenes.map(({ selector }) => selector.close()));
      expect(await nodesIn(scenes[0]!.client)).toEqual([]);
    });
  });

  it('without requeue leads once, and once more for each requeue()', async () => {
    await simulate(async (world) => {
      let terms = 0;
      const { selector, client } = selectorOf(world, () => (terms += 1), { requeue: false });
      expect(selector.requeue()).toBe(false);
      await world.until(() => terms === 1);
      await world.sleep(1000);
      expect([terms, await nodesIn(client)]).toEqual([1, []]);
      expect([selector.requeue(), selector.requeue()]).toEqual([true, false]);
      await world.until(() => terms === 2);
      await world.sleep(100);
      await selector.close();
      expect(selector.requeue()).toBe(false);
      expect(() => selector.start()).toThrow(/is closed/);
    });
  });

  it('CURATOR-73, CURATOR-518: interrupted twice, stands in line again once, and the next leads meanwhile', async () => {
    await simulate(async (world) => {
      const [seen, reasons]: [string[], unknown[]] = [[], []];
      const body = (who: string) => async (term: LeaderTerm) => {
        seen.push(who);
        await untilAborted(term);
        expect(term.isHeld()).toBe(true); // told to stop, and still the only leader
        reasons.push(term.signal.reason);
        await term.transaction().create(`/checkpoint-${seen.length}`).commit();
      };
      const a = selectorOf(world, body('a'));
      await world.until(() => a.selector.hasLeadership());
      const b = selectorOf(world, body('b'));
      await world.sleep(100);
      expect([a.selector.interruptLeadership(), a.selector.interruptLeadership()]).toEqual([true, false]);
      expect(b.selector.interruptLeadership()).toBe(false);
      await world.until(() => b.selector.hasLeadership());
      b.selector.interruptLeadership();
      await world.until(() => a.selector.hasLeadership());
      expect(seen).toEqual(['a', 'b', 'a']);
      expect(reasons[0]).toMatchObject({ code: 'LOCK_LOST', reason: 'interrupted' });
      await Promise.all([a.selector.close(), b.selector.close()]);
      expect(await nodesIn(a.client)).toEqual([]);
    });
  });

  it('lets nobody else lead before its callback has settled, when it is closed', async () => {
    await simulate(async (world) => {
      const log: string[] = [];
      const a = selectorOf(world, async (term) => {
        await untilAborted(term);
        await world.sleep(500);
        log.push('a has stopped');
      });
      await world.until(() => a.selector.hasLeadership());
      const b = selectorOf(world, async (term) => {
        log.push('b leads');
        await untilAborted(term);
      });
      await world.sleep(100);
      await a.selector.close();
      await world.until(() => b.selector.hasLeadership());
      expect(log).toEqual(['a has stopped', 'b leads']);
      await b.selector.close();
    });
  });

  it('tells of the overlap, once, when the callback takes longer than graceMs; and never runs two itself', async () => {
    await simulate(async (world) => {
      const overlaps: LeaderTerm[] = [];
      let running = 0;
      const slow = async (): Promise<void> => {
        running += 1;
        expect(running).toBe(1);
        await world.sleep(3000);
        running -= 1;
      };
      const a = selectorOf(world, slow, { graceMs: 200, onOverlap: (term) => overlaps.push(term) });
      await world.until(() => a.selector.hasLeadership());
      const b = selectorOf(world, (term) => untilAborted(term));
      await world.sleep(100);
      a.selector.interruptLeadership();
      await world.sleep(100);
      expect(b.selector.hasLeadership()).toBe(false);
      await world.until(() => b.selector.hasLeadership());
      expect(overlaps).toHaveLength(1);
      expect(running).toBe(1);
      await b.selector.close();
      await world.until(() => a.selector.hasLeadership());
      await world.sleep(4000);
      expect(overlaps).toHaveLength(1);
      await a.selector.close();
    });
  });

  it('may be closed, and waited for, inside of its callback', async () => {
    await simulate(async (world) => {
      let isClosed = false;
      const { selector, client } = selectorOf(world, async () => {
        await selector.close();
        isClosed = true;
      });
      await world.until(() => isClosed);
      await selector.close();
      expect(await nodesIn(client)).toEqual([]);
    });
  });

  it('CURATOR-15, CURATOR-104: survives what its callback throws and what acquiring meets, and tells of it', async () => {
    await simulate(async (world) => {
      const errors: unknown[] = [];
      let terms = 0;
      const { selector, client } = selectorOf(
        world,
        (term) => {
          terms += 1;
          if (terms === 1) throw new Error('first');
          if (terms === 2) return Promise.reject(new Error('second'));
          return untilAborted(term).then(() => {
            throw term.signal.reason; // no failure
          });
        },
        { onError: (error) => errors.push(String(error)) },
      );
      await world.until(() => terms === 3);
      world.disconnect(client);
      await world.until(() => client.state === 'connected');
      selector.interruptLeadership();
      await world.until(() => terms === 4);
      expect(errors).toEqual(['Error: first', 'Error: second']);
      await selector.close();
    });
  });

  it('CURATOR-62: leaves no node when it is closed while it enters the line', async () => {
    for (const ms of [0, 1, 2, 3, 4, 5, 6, 8, 10, 12]) {
      await simulate(async (world) => {
        const admin = world.client();
        const client = world.client({ sessionTimeoutMs: SESSION_MS });
        await client.connected();
        const selector = new LeaderSelector(client, PATH, untilAborted);
        selector.start();
        await world.sleep(ms);
        world.loseReply(client);
        await selector.close();
        await world.sleep(1000);
        await client.sync('/');
        expect(await nodesIn(admin)).toEqual([]);
      });
    }
  });

  it('ends a term with the session, and starts over with the next', async () => {
    await simulate(async (world) => {
      const reasons: unknown[] = [];
      const body = async (term: LeaderTerm): Promise<void> => {
        await untilAborted(term);
        reasons.push(term.signal.reason);
      };
      const a = selectorOf(world, body);
      await world.until(() => a.selector.hasLeadership());
      const b = selectorOf(world, untilAborted);
      await world.sleep(100);
      world.isolate(a.client);
      await world.until(() => b.selector.hasLeadership());
      expect(a.selector.hasLeadership()).toBe(false);
      expect(reasons[0]).toBeInstanceOf(LockLostError);
      world.heal();
      await world.until(() => a.client.state === 'connected');
      await world.sleep(1000);
      await b.selector.close();
      await world.until(() => a.selector.hasLeadership());
      await a.selector.close();
    });
  });

  it('tells who takes part, and names what is wrong with its arguments', async () => {
    await simulate(async (world) => {
      const a = selectorOf(world, untilAborted, { id: 'a' });
      await world.until(() => a.selector.hasLeadership());
      const b = selectorOf(world, untilAborted, { id: 'b' });
      await b.client.connected();
      await world.sleep(100);
      expect((await b.selector.participants()).map(({ id, isLeader }) => [id, isLeader])).toEqual([
        ['a', true],
        ['b', false],
      ]);
      expect((await b.selector.leader())?.id).toBe('a');
      const make = (body: unknown, options: object): (() => void) => {
        return () => void new LeaderSelector(a.client, PATH, body as TakeLeadership, options);
      };
      expect(make('x', {})).toThrow(/takeLeadership must be a function/);
      expect(make(untilAborted, { graceMs: -1 })).toThrow(/graceMs is -1/);
    });
  });

  it('ends with its client', async () => {
    await simulate(async (world) => {
      let reason: unknown;
      const { selector, client } = selectorOf(world, async (term) => {
        await untilAborted(term);
        reason = term.signal.reason;
      });
      await world.until(() => selector.hasLeadership());
      await client.close();
      await world.until(() => reason !== undefined);
      expect(reason).toMatchObject({ reason: 'session-over' });
      await selector.close();
    });
  });
});
