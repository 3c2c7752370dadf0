import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TimeoutError, TransactionError } from '../../../src/client/index.js';
import type { Client } from '../../../src/client/index.js';
import { OpCode } from '../../../src/protocol/index.js';
import { InterProcessMutex, LockLostError } from '../../../src/recipes/index.js';
import type { AcquireOptions, Hold } from '../../../src/recipes/index.js';
import { until } from '../../interop/support/until.js';
import { Company, SHORT_SESSION_MS } from './company.js';
import { metric } from './live-server.js';
import type { LiveServer } from './live-server.js';
import { describeNodes, recordedNodes } from './znodes.js';

const WAIT_MS = 20_000;

/** What InterProcessMutex promises, on a server of flesh and blood. */
export function mutexSuite(name: string, start: () => Promise<LiveServer>): void {
  describe(name, () => {
    let server: LiveServer;
    let company: Company;
    let path: string;
    let tests = 0;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.close());
    beforeEach(() => {
      company = new Company(server);
      path = `/suite-${(tests += 1)}/lock`;
    });
    afterEach(() => company.leave());

    const mutexOf = (client: Client): InterProcessMutex => new InterProcessMutex(client, path);
    const watchCount = (): Promise<number> => metric(server, 'zk_watch_count');
    const deletionEvents = (): Promise<number> => metric(server, 'zk_sum_node_deleted_watch_count');
    const lineOf = (client: Client): Promise<string[]> => mutexOf(client).participants();
    /** A node beside the lock, for what the lock protects. */
    const ledgerPath = (): string => path.replace(/lock$/, 'ledger');

    /** Joins the line, and resolves with the pending wait when it stands there. */
    async function waitInLine(client: Client, options: AcquireOptions = {}): Promise<{ turn: Promise<Hold> }> {
      const before = (await lineOf(client)).length;
      const turn = mutexOf(client).acquire({ timeoutMs: WAIT_MS, ...options });
      turn.catch(() => undefined);
      await lineOfLength(client, before + 1);
      return { turn };
    }

    async function lineOfLength(client: Client, length: number): Promise<string[]> {
      const look = async (): Promise<string[] | undefined> => {
        const line = await lineOf(client);
        return line.length === length ? line : undefined;
      };
      return until(look, { what: `a line of ${length}`, timeoutMs: WAIT_MS, everyMs: 5 });
    }

    async function watchesSettleAt(count: number): Promise<void> {
      const look = async (): Promise<true | undefined> => ((await watchCount()) === count ? true : undefined);
      await until(look, { what: `${count} watches`, timeoutMs: WAIT_MS, everyMs: 10 });
    }

    describe('mutual exclusion', () => {
      it('lets one in at a time, with growing tokens', async () => {
        const clients = await company.clients(6);
        let inside = 0;
        const tokens: number[] = [];
        const work = async (client: Client): Promise<void> => {
          for (let round = 0; round < 5; round += 1) {
            await mutexOf(client).run(async (hold) => {
              inside += 1;
              expect(inside).toBe(1);
              tokens.push(hold.token);
              await client.exists('/');
              inside -= 1;
            });
          }
        };
        await Promise.all(clients.map(work));
        expect(tokens).toHaveLength(30);
        expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
      });

      it('lets them in in the order they came', async () => {
        const [holder, ...others] = await company.clients(8);
        const first = await mutexOf(holder!).acquire();
        const order: number[] = [];
        const turns: Promise<void>[] = [];
        for (const [place, client] of others.entries()) {
          const { turn } = await waitInLine(client);
          turns.push(
            turn.then(async (hold) => {
              order.push(place);
              await hold.release();
            }),
          );
        }
        await first.release();
        await Promise.all(turns);
        expect(order).toEqual([0, 1, 2, 3, 4, 5, 6]);
      });

      it('wakes one waiter a release, however many wait', async () => {
        const [one, other] = await company.clients(2);
        const first = await mutexOf(one!).acquire();
        const turns: Promise<Hold>[] = [];
        for (let i = 0; i < 20; i += 1) turns.push((await waitInLine(other!)).turn);
        await watchesSettleAt(20);
        const before = await deletionEvents();
        await first.release();
        const second = await turns[0]!;
        expect((await deletionEvents()) - before).toBe(1);
        expect(await watchCount()).toBe(19);
        await second.release();
        for (const turn of turns.slice(1)) await (await turn).release();
        expect((await deletionEvents()) - before).toBe(20);
      });

      it('costs two round trips to take and one to give back', async () => {
        const proxy = await company.proxy();
        const mutex = mutexOf(await company.client({ through: proxy }));
        await mutex.run(() => undefined); // makes the parents
        proxy.requests.clear();
        const hold = await mutex.acquire();
        expect(Object.fromEntries(proxy.requests)).toEqual({ [OpCode.create2]: 1, [OpCode.getChildren2]: 1 });
        proxy.requests.clear();
        await hold.release();
        expect(Object.fromEntries(proxy.requests)).toEqual({ [OpCode.delete]: 1 });
      });
    });

    describe('giving up', () => {
      it('in the middle of the line leaves nothing, and wakes only the next', async () => {
        const clients = await company.clients(12);
        const aborts = clients.map(() => new AbortController());
        const holder = await mutexOf(clients[0]!).acquire();
        const turns: Promise<Hold>[] = [];
        for (let i = 1; i <= 10; i += 1) {
          const { signal } = aborts[i]!;
          turns.push((await waitInLine(clients[i]!, { signal })).turn);
        }
        await watchesSettleAt(10);
        const line = await lineOf(clients[11]!);
        const before = await deletionEvents();
        aborts[5]!.abort(new Error('fifth gives up'));
        await expect(turns[4]).rejects.toThrow('fifth gives up');
        expect(await lineOf(clients[11]!)).toEqual(line.filter((_, place) => place !== 5));
        await watchesSettleAt(9); // the sixth watches the fourth: see that it is the fourth who wakes it
        expect((await deletionEvents()) - before).toBe(1);
        for (const place of [1, 2, 3, 4, 6]) aborts[place]!.abort();
        await Promise.allSettled([...turns.slice(0, 4), turns[5]]);
        await holder.release();
        const seventh = await turns[6]!;
        for (const place of [8, 9, 10]) aborts[place]!.abort();
        await Promise.allSettled(turns.slice(7));
        await seventh.release();
        expect(await lineOf(clients[11]!)).toEqual([]);
        expect(await watchCount()).toBe(0);
      });

      it('after a time-out leaves nothing', async () => {
        const [one, other] = await company.clients(2);
        const holder = await mutexOf(one!).acquire();
        await expect(mutexOf(other!).acquire({ timeoutMs: 100 })).rejects.toBeInstanceOf(TimeoutError);
        expect(await lineOf(other!)).toEqual([holder.path]);
        expect(await watchCount()).toBe(0);
      });

      it('is what tryAcquire does when somebody is ahead', async () => {
        const [one, other] = await company.clients(2);
        const holder = await mutexOf(one!).acquire();
        expect(await mutexOf(other!).tryAcquire()).toBeNull();
        expect(await lineOf(other!)).toEqual([holder.path]);
        await holder.release();
        const hold = await mutexOf(other!).tryAcquire();
        expect(hold?.isHeld()).toBe(true);
      });

      it('while the create is under way leaves nothing', async () => {
        const proxy = await company.proxy();
        const [watcher, client] = [await company.client(), await company.client({ through: proxy })];
        await mutexOf(client).run(() => undefined);
        const abort = new AbortController();
        const created = proxy.holdReply(OpCode.create2);
        const waiting = mutexOf(client).acquire({ signal: abort.signal });
        waiting.catch(() => undefined);
        const reply = await created;
        expect(await lineOf(watcher)).toHaveLength(1);
        abort.abort(new Error('never mind'));
        reply.release();
        await expect(waiting).rejects.toThrow('never mind');
        expect(await lineOf(watcher)).toEqual([]);
      });

      it('while the create is under way and its reply is lost leaves nothing', async () => {
        const proxy = await company.proxy();
        const [watcher, client] = [await company.client(), await company.client({ through: proxy })];
        await mutexOf(client).run(() => undefined);
        const abort = new AbortController();
        const created = proxy.holdReply(OpCode.create2);
        const waiting = mutexOf(client).acquire({ signal: abort.signal });
        waiting.catch(() => undefined);
        const reply = await created;
        abort.abort(new Error('never mind'));
        reply.lose();
        await expect(waiting).rejects.toThrow('never mind');
        await lineOfLength(watcher, 0);
      });

      it('without a connection is quick, and tidied up as soon as there is one', async () => {
        const proxy = await company.proxy();
        const [one, other] = [await company.client(), await company.client({ through: proxy })];
        const holder = await mutexOf(one).acquire();
        const abort = new AbortController();
        const { turn } = await waitInLine(other, { signal: abort.signal });
        await watchesSettleAt(1);
        const suspended = new Promise<void>((resolve) => other.once('suspended', () => resolve()));
        proxy.refuse(true);
        proxy.cut();
        await suspended;
        const startMs = performance.now();
        abort.abort(new Error('never mind'));
        await expect(turn).rejects.toThrow('never mind');
        expect(performance.now() - startMs).toBeLessThan(500);
        expect(await lineOf(one)).toHaveLength(2);
        proxy.heal();
        await lineOfLength(one, 1);
        await watchesSettleAt(0);
        await holder.release();
      });

      it('two hundred times leaves no node and no watch', async () => {
        const [one, other] = await company.clients(2);
        for (let round = 0; round < 50; round += 1) {
          const hold = await mutexOf(one!).acquire();
          const abort = new AbortController();
          const waits = Promise.allSettled([
            mutexOf(other!).acquire({ signal: abort.signal }),
            mutexOf(other!).acquire({ timeoutMs: round % 7 }),
            mutexOf(other!).acquire({ timeoutMs: round % 7, revocable: true }),
          ]);
          expect(await mutexOf(other!).tryAcquire()).toBeNull();
          abort.abort();
          const statuses = (await waits).map(({ status }) => status);
          expect(statuses).toEqual(['rejected', 'rejected', 'rejected']);
          await hold.release();
        }
        expect(await lineOf(one!)).toEqual([]);
        expect(await watchCount()).toBe(0);
      });
    });

    describe('lost replies', () => {
      it.each([
        ['create', OpCode.create2],
        ['list', OpCode.getChildren2],
        ['watched read', OpCode.getData],
      ])('of the %s: one contender, who gets its turn', async (_name, op) => {
        const proxy = await company.proxy();
        const [one, other] = [await company.client(), await company.client({ through: proxy })];
        const holder = await mutexOf(one).acquire();
        const swallowed = proxy.swallowReply(op);
        const turn = mutexOf(other).acquire({ timeoutMs: WAIT_MS });
        await swallowed;
        expect(await lineOfLength(one, 2)).toContain(holder.path);
        await holder.release();
        const hold = await turn;
        expect(await lineOf(one)).toEqual([hold.path]);
        await hold.release();
        expect(await lineOf(one)).toEqual([]);
        await watchesSettleAt(0);
      });

      it('of the delete: the lock is free, and release() says so', async () => {
        const proxy = await company.proxy();
        const [one, other] = [await company.client(), await company.client({ through: proxy })];
        const hold = await mutexOf(other).acquire();
        const swallowed = proxy.swallowReply(OpCode.delete);
        await Promise.all([hold.release(), swallowed]);
        expect(await lineOf(one)).toEqual([]);
      });
    });

    describe('losing the lock', () => {
      it.each([
        ['in both directions', ['to-server', 'to-client'] as const],
        ['towards the server', ['to-server'] as const],
        ['towards the client', ['to-client'] as const],
      ])('is known before anybody else holds it: silence %s', async (_name, directions) => {
        const proxy = await company.proxy();
        const cutOff = await company.client({ through: proxy, sessionTimeoutMs: SHORT_SESSION_MS });
        const other = await company.client();
        const holder = await mutexOf(cutOff).acquire();
        const { turn } = await waitInLine(other);
        let lostAtMs = Infinity;
        holder.signal.addEventListener('abort', () => (lostAtMs = performance.now()));
        proxy.blackHole(...directions);
        const next = await turn;
        expect(lostAtMs).toBeLessThan(performance.now());
        expect(holder.isHeld()).toBe(false);
        expect(holder.signal.reason).toBeInstanceOf(LockLostError);
        expect(next.token).toBeGreaterThan(holder.token);
        // Nothing that is asked of a lost hold fails in an unexpected way (or rejects unseen).
        await holder.release();
        await holder.release();
        expect(await holder.verify()).toBe(false);
        expect(holder.remainingMs()).toBe(0);
        expect(() => holder.transaction()).toThrow(LockLostError);
        // And the same client can stand in line again when it is back.
        proxy.heal();
        const again = await waitInLine(cutOff);
        await next.release();
        expect((await again.turn).token).toBeGreaterThan(next.token);
      });

      it('does not happen by a short interruption', async () => {
        const proxy = await company.proxy();
        const client = await company.client({ through: proxy });
        const hold = await mutexOf(client).acquire();
        const back = new Promise<void>((resolve) => client.once('reconnected', () => resolve()));
        proxy.cut();
        await back;
        expect(hold.isHeld()).toBe(true);
        expect(await hold.verify()).toBe(true);
        await hold.release();
      });

      it('is seen at the first look after a stall of the event loop', async () => {
        const stalled = await company.client({ sessionTimeoutMs: SHORT_SESSION_MS });
        const other = await company.client();
        const holder = await mutexOf(stalled).acquire();
        await other.create(ledgerPath(), 'before');
        const { turn } = await waitInLine(other);
        const wakeMs = performance.now() + 2 * SHORT_SESSION_MS;
        while (performance.now() < wakeMs);
        expect(holder.signal.aborted).toBe(false); // no timer has had a chance to run
        expect(holder.isHeld()).toBe(false);
        expect(holder.signal.aborted).toBe(true);
        const hold = await turn;
        const late = stalled.transaction().check(holder.path).setData(ledgerPath(), 'late');
        await expect(late.commit({ timeoutMs: WAIT_MS })).rejects.toThrow();
        const { data } = await other.getData(ledgerPath());
        expect(data?.toString()).toBe('before');
        await hold.release();
      });

      it('by a deletion by hand is seen when asked, and refuses a guarded write', async () => {
        const [one, other] = await company.clients(2);
        const ledger = ledgerPath();
        const hold = await mutexOf(one!).acquire();
        await other!.create(ledger, 'before');
        await hold.transaction().setData(ledger, 'guarded').commit();
        await other!.delete(hold.path);
        const refused = hold.transaction().setData(ledger, 'late').commit();
        await expect(refused).rejects.toMatchObject({ index: 0, code: 'NO_NODE', path: hold.path });
        await expect(refused).rejects.toBeInstanceOf(TransactionError);
        expect((await other!.getData(ledger)).data?.toString()).toBe('guarded');
        expect(await hold.verify()).toBe(false);
        expect(hold.signal.reason).toMatchObject({ reason: 'node-deleted' });
        await hold.release();
      });

      it('while waiting for it means to stand in line again', async () => {
        const proxy = await company.proxy();
        const one = await company.client();
        const other = await company.client({ through: proxy, sessionTimeoutMs: SHORT_SESSION_MS });
        const holder = await mutexOf(one).acquire();
        const { turn } = await waitInLine(other);
        const [, before] = await lineOf(one);
        proxy.blackHole('to-server', 'to-client');
        await lineOfLength(one, 1);
        proxy.heal();
        const [, after] = await lineOfLength(one, 2);
        expect(after).not.toBe(before);
        await holder.release();
        expect((await turn).path).toBe(after);
      });

      it('with the client: its waiters are told, its nodes are gone', async () => {
        const [one, other] = await company.clients(2);
        const hold = await mutexOf(one!).acquire();
        const { turn } = await waitInLine(one!);
        await one!.close();
        expect(hold.signal.reason).toMatchObject({ reason: 'session-over' });
        await expect(turn).rejects.toMatchObject({ code: 'CLOSED' });
        await hold.release();
        expect(await lineOf(other!)).toEqual([]);
      });
    });

    describe('sharing', () => {
      it('enters again for the same owner, with one node', async () => {
        const [one, other] = await company.clients(2);
        const mutex = mutexOf(one!);
        const holds = await Promise.all([1, 2, 3].map(() => mutex.acquire({ owner: 'job 7' })));
        expect(await lineOf(other!)).toHaveLength(1);
        expect(await mutex.tryAcquire({ owner: 'job 8' })).toBeNull();
        for (const hold of holds) await hold.release();
        expect(await lineOf(other!)).toEqual([]);
      });

      it('can be asked to end', async () => {
        const [one, other] = await company.clients(2);
        const hold = await mutexOf(one!).acquire({ revocable: true });
        const asked = new Promise<void>((resolve) => hold.revokeRequested.addEventListener('abort', () => resolve()));
        const [first = ''] = await lineOf(other!);
        await InterProcessMutex.revoke(other!, first);
        await asked;
        expect(hold.isHeld()).toBe(true);
        await hold.release();
        await InterProcessMutex.revoke(other!, first);
        expect(await watchCount()).toBe(0);
      });

      it('works below a chroot, and says so when there is none', async () => {
        const [one, other] = await company.clients(2);
        await one!.create(path.replace(/\/lock$/, ''), null);
        await one!.create(path.replace(/lock$/, 'app'), null);
        const view = one!.withChroot(path.replace(/lock$/, 'app'));
        const hold = await new InterProcessMutex(view, '/deep/lock').acquire();
        expect(hold.path).toMatch(/^\/deep\/lock\/_c_/);
        expect(await hold.verify()).toBe(true);
        await hold.transaction().commit();
        expect((await other!.getChildren(path.replace(/lock$/, 'app/deep/lock'))).children).toHaveLength(1);
        await hold.release();
        const nowhere = other!.withChroot(path.replace(/lock$/, 'nowhere'));
        const refused = new InterProcessMutex(nowhere, '/lock').acquire();
        await expect(refused).rejects.toThrow(/the chroot .*nowhere does not exist/);
      });

      it('goes on when the container was collected between two rounds', async () => {
        const [one, other] = await company.clients(2);
        const tokens: number[] = [];
        for (let round = 0; round < 3; round += 1) {
          await mutexOf(one!).run((hold) => void tokens.push(hold.token));
          await other!.delete(path);
        }
        expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
      });
    });

    describe('the same znodes as Curator', () => {
      it('held, waited for, and handed over', async () => {
        const clients = await company.clients(3);
        path = path.replace(/lock$/, 'mutex');
        const compare = async (file: string): Promise<void> => {
          const recorded = await recordedNodes(file, (each) => each.replace('/v/mutex', path));
          expect(await describeNodes(clients[0]!, path, clients)).toEqual(recorded);
        };
        const [one, two, three] = clients.map((client) => new InterProcessMutex(client, path, { data: '192.0.2.1' }));
        const outer = await one!.acquire({ owner: 'job' });
        await compare('mutex-held.json');
        const inner = await one!.acquire({ owner: 'job' });
        const second = two!.acquire();
        await lineOfLength(clients[0]!, 2);
        const third = three!.acquire();
        await lineOfLength(clients[0]!, 3);
        await compare('mutex-held-2-waiters.json');
        await inner.release();
        await compare('mutex-held-2-waiters.json');
        await outer.release();
        const next = await second;
        await compare('mutex-after-release.json');
        await next.release();
        await (await third).release();
      });

      it('revocable, and asked for', async () => {
        const clients = await company.clients(2);
        path = path.replace(/lock$/, 'revocable');
        const compare = async (file: string): Promise<void> => {
          const recorded = await recordedNodes(file, (each) => each.replace('/v/revocable', path));
          expect(await describeNodes(clients[0]!, path, clients)).toEqual(recorded);
        };
        const hold = await new InterProcessMutex(clients[0]!, path, { data: 'not shown' }).acquire({ revocable: true });
        await compare('mutex-revocable-held.json');
        await InterProcessMutex.revoke(clients[1]!, hold.path);
        await compare('mutex-revocable-requested.json');
      });
    });
  });
}
