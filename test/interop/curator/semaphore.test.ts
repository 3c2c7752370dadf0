import { expect, test } from 'vitest';
import { describeWithCurator, PAIRS } from '../support/curator-stage.js';
import { expectExclusive, expectMixed, type Grip, type Turn } from '../support/turns.js';

const TURNS = 240;
const CALLERS = 4;
const LEASES = 3;
const FOREVER = -1;
const LEASE_NAME = /^_c_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-lease-\d{10}$/;

describeWithCurator('semaphore shared with Curator', { rooms: ['locks'] }, (stage) => {
  test(`${TURNS} turns of both, never more than ${LEASES} at once`, async () => {
    await stage.meetingPlace('/meet');
    const turns = await stage.both((peer) =>
      peer.call<Turn[]>('lock.contend', 'semaphore', '/sem/turns', '/meet', TURNS / 2, CALLERS, LEASES),
    );
    expect(turns).toHaveLength(TURNS);
    expect(turns.filter(({ inside }) => inside.length > LEASES)).toEqual([]);
    expect(
      turns.some(({ inside }) => inside.length > 1),
      'holders that were inside together',
    ).toBe(true);
    expectMixed(turns);
    expect(await stage.witness.children('/sem/turns/leases')).toEqual([]);
    expect(await stage.witness.children('/sem/turns/locks')).toEqual([]);
  });

  test.each(PAIRS)(
    'three leases held by both kinds at once; a fourth by %s only after one of %s',
    async (first, other) => {
      const path = `/sem/full/${first}`;
      const [one, two] = [stage.peer(first), stage.peer(other)];
      const holders = [
        { peer: one, name: `${path}/1` },
        { peer: two, name: `${path}/2` },
        { peer: two, name: `${path}/3` },
      ];
      for (const { peer, name } of holders) {
        await peer.call('lock.open', name, 'semaphore', path, LEASES);
        expect(await peer.call('lock.acquire', name, 10_000)).not.toBeNull();
      }
      await stage.children(`${path}/leases`, LEASES);
      await one.call('lock.open', `${path}/4`, 'semaphore', path, LEASES);
      expect(await one.call('lock.acquire', `${path}/4`, 300)).toBeNull();
      const fourth = one.call<Grip>('lock.acquire', `${path}/4`, FOREVER);
      await stage.children(`${path}/leases`, LEASES + 1);
      const { at } = await two.call<{ at: number }>('lock.release', `${path}/2`);
      expect((await fourth).at).toBeGreaterThan(at);
      for (const { peer, name } of [...holders.slice(0, 1), ...holders.slice(2), { peer: one, name: `${path}/4` }]) {
        await peer.call('lock.release', name);
      }
      await stage.children(`${path}/leases`, 0);
    },
  );

  test(`semaphore mutex: ${TURNS / 2} turns of both, one at a time`, async () => {
    await stage.meetingPlace('/square');
    const turns = await stage.both((peer) =>
      peer.call<Turn[]>('lock.contend', 'semaphore-mutex', '/sem/one', '/square', TURNS / 4, CALLERS, 1),
    );
    expect(turns.filter(({ inside }) => inside.length > 1)).toEqual([]);
    // Curator does not tell the node of its lease: the server's order of visits stands for the tokens.
    expectExclusive(
      turns.map((turn) => ({ ...turn, token: turn.order })),
      TURNS / 2,
    );
  });

  test(`multi lock: ${TURNS / 2} turns of both over the same two locks, one at a time`, async () => {
    await stage.meetingPlace('/corner');
    const turns = await stage.both((peer) =>
      peer.call<Turn[]>('lock.contend', 'multi', '/multi/a,/multi/b', '/corner', TURNS / 4, CALLERS, 1),
    );
    expectExclusive(
      turns.map((turn) => ({ ...turn, token: turn.order })),
      TURNS / 2,
    );
  });

  test.each(PAIRS)('%s dies with two of two leases, %s gets both', async (holder, heir) => {
    const path = `/sem/dying/${holder}`;
    const doomed = await stage.extra(holder);
    const next = stage.peer(heir);
    for (const name of ['a', 'b']) {
      await doomed.call('lock.open', name, 'semaphore', path, 2);
      await doomed.call('lock.acquire', name, FOREVER);
      await next.call('lock.open', `${path}/${name}`, 'semaphore', path, 2);
    }
    const names = await stage.children(`${path}/leases`, 2);
    expect(names.filter((name) => !LEASE_NAME.test(name))).toEqual([]);
    expect(await next.call('lock.acquire', `${path}/a`, 300), 'while both are held').toBeNull();
    expect(await stage.children(`${path}/leases`, 2)).toEqual(names);
    const waiting = ['a', 'b'].map((name) => next.call<Grip>('lock.acquire', `${path}/${name}`, FOREVER));
    // The one in front has its lease node already, and waits for a place.
    await stage.children(`${path}/leases`, 3);
    await doomed.kill();
    const won = await Promise.all(waiting);
    expect(await stage.children(`${path}/leases`, 2)).not.toEqual(names);
    expect(new Set(won.map((one) => one.path)).size).toBe(2);
    for (const name of ['a', 'b']) await next.call('lock.release', `${path}/${name}`);
    await stage.children(`${path}/leases`, 0);
  });

  test.each(PAIRS)('%s holds a semaphore mutex, %s waits', async (first, other) => {
    const path = `/sem/mutex/${first}`;
    const [holder, waiter] = [stage.peer(first), stage.peer(other)];
    await Promise.all([holder, waiter].map((peer) => peer.call('lock.open', path, 'semaphore-mutex', path)));
    await holder.call('lock.acquire', path, FOREVER);
    expect(await waiter.call('lock.acquire', path, 200)).toBeNull();
    const waiting = waiter.call<Grip>('lock.acquire', path, FOREVER);
    await stage.children(`${path}/leases`, 2);
    const { at } = await holder.call<{ at: number }>('lock.release', path);
    expect((await waiting).at).toBeGreaterThan(at);
    await waiter.call('lock.release', path);
  });
});
