import { expect, test } from 'vitest';
import { describeWithCurator, PAIRS } from '../support/curator-stage.js';
import { expectGrowing, expectMixed, inOrder, type Grip, type Turn } from '../support/turns.js';

const TURNS = 400;
const CALLERS = 4;
const FOREVER = -1;
const NAME = /^_c_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-__(READ|WRIT)__\d{10}$/;

// Curator 5.4: a writer that becomes a reader is overtaken there, so nobody does that here.
describeWithCurator('read/write lock shared with Curator', { rooms: ['locks'] }, (stage) => {
  test(`${TURNS} turns of readers and writers of both: no writer with anybody`, async () => {
    await stage.meetingPlace('/meet');
    const turns = await stage.both((peer) =>
      peer.call<Turn[]>('lock.contend', 'read-write', '/rw/turns', '/meet', TURNS / 2, CALLERS, 1),
    );
    expect(turns).toHaveLength(TURNS);
    const writes = turns.filter(({ mark }) => mark === 'write');
    expect(writes).toHaveLength(TURNS / 4);
    expectGrowing(writes);
    const crowded = inOrder(turns).filter(({ inside }) => inside.includes('write') && inside.length > 1);
    expect(crowded).toEqual([]);
    const overlaps = writes.flatMap((write) =>
      turns.filter((turn) => turn !== write && turn.entered < write.left && turn.left > write.entered),
    );
    expect(overlaps).toEqual([]);
    expect(
      turns.some(({ inside }) => inside.length > 1),
      'readers that were inside together',
    ).toBe(true);
    expectMixed(turns);
    expect(await stage.witness.children('/rw/turns')).toEqual([]);
  });

  test.each(PAIRS)('readers of both hold together; %s writes after them, %s reads after it', async (first, other) => {
    const path = `/rw/line/${first}`;
    const [one, two] = [stage.peer(first), stage.peer(other)];
    await Promise.all([one, two].map((peer) => peer.call('lock.open', `${path}/r`, 'read', path)));
    await one.call('lock.open', `${path}/w`, 'write', path);
    await two.call('lock.open', `${path}/late`, 'read', path);
    await one.call('lock.acquire', `${path}/r`, FOREVER);
    await two.call('lock.acquire', `${path}/r`, FOREVER);
    const writing = one.call<Grip>('lock.acquire', `${path}/w`, FOREVER);
    await stage.children(path, 3);
    const late = two.call<Grip>('lock.acquire', `${path}/late`, FOREVER);
    const names = await stage.children(path, 4);
    expect(names.filter((name) => !NAME.test(name))).toEqual([]);
    await one.call('lock.release', `${path}/r`);
    const { at: leftAt } = await two.call<{ at: number }>('lock.release', `${path}/r`);
    const writer = await writing;
    expect(writer.at).toBeGreaterThan(leftAt);
    const { at: writtenAt } = await one.call<{ at: number }>('lock.release', `${path}/w`);
    expect((await late).at).toBeGreaterThan(writtenAt);
    await two.call('lock.release', `${path}/late`);
  });

  test.each(PAIRS)('%s dies while writing, a reader and then a writer of %s are next', async (holder, heir) => {
    const path = `/rw/dying/${holder}`;
    const doomed = await stage.extra(holder);
    const next = stage.peer(heir);
    await doomed.call('lock.open', path, 'write', path);
    await next.call('lock.open', `${path}/r`, 'read', path);
    await next.call('lock.open', `${path}/w`, 'write', path);
    const lost = await doomed.call<Grip>('lock.acquire', path, FOREVER);
    const reading = next.call<Grip>('lock.acquire', `${path}/r`, FOREVER);
    await stage.children(path, 2);
    const writing = next.call<Grip>('lock.acquire', `${path}/w`, FOREVER);
    await stage.children(path, 3);
    await doomed.kill();
    await reading;
    const { at } = await next.call<{ at: number }>('lock.release', `${path}/r`);
    const won = await writing;
    expect(won.at).toBeGreaterThan(at);
    expect(won.token).toBeGreaterThan(lost.token);
    await next.call('lock.release', `${path}/w`);
  });

  test.each(PAIRS)('%s dies while reading, a writer of %s is next', async (holder, heir) => {
    const path = `/rw/dying-reader/${holder}`;
    const doomed = await stage.extra(holder);
    const next = stage.peer(heir);
    await doomed.call('lock.open', path, 'read', path);
    await next.call('lock.open', path, 'write', path);
    await doomed.call('lock.acquire', path, FOREVER);
    const writing = next.call<Grip>('lock.acquire', path, FOREVER);
    await stage.children(path, 2);
    await doomed.kill();
    await writing;
    await next.call('lock.release', path);
  });
});
