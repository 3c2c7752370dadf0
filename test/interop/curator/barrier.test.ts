import { expect, test } from 'vitest';
import { describeWithCurator, PAIRS, type CuratorStage } from '../support/curator-stage.js';
import type { PeerKind, RecipePeer } from '../support/recipe-peer.js';
import { until } from '../support/until.js';

const ROUNDS = 5;
const MEMBERS: readonly PeerKind[] = ['curator', 'pinfold', 'pinfold', 'curator'];
const PATIENCE_MS = 30_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** When a call was made and when it came back, ns on the machine's clock. */
interface Passage {
  readonly called: number;
  readonly at: number;
  readonly passed: boolean;
}

describeWithCurator('barriers shared with Curator', { rooms: ['barriers'] }, (stage) => {
  test.each(PAIRS)('%s sets a barrier, %s removes it, both wait until then', async (setter, remover) => {
    const path = `/barrier/${setter}`;
    await stage.peer(setter).call('barrier.set', path);
    const waiters = [stage.curator, stage.pinfold, stage.curator, stage.pinfold];
    for (const peer of [stage.curator, stage.pinfold]) {
      expect(await peer.call<Passage>('barrier.wait', path, 200)).toMatchObject({ passed: false });
    }
    const waiting = waiters.map((peer) => peer.call<Passage>('barrier.wait', path, PATIENCE_MS));
    // Setting what is set already changes nothing.
    await stage.peer(remover).call('barrier.set', path);
    const removed = await stage.peer(remover).call<Passage>('barrier.remove', path);
    for (const passage of await Promise.all(waiting)) {
      expect(passage.passed).toBe(true);
      expect(passage.at).toBeGreaterThan(removed.called);
    }
    expect(await stage.witness.children(path)).toEqual([]);
    expect(await stage.peer(setter).call<Passage>('barrier.wait', path, PATIENCE_MS)).toMatchObject({ passed: true });
  });

  test(`double barrier: ${MEMBERS.length} members of both enter together and leave together, ${ROUNDS} times`, async () => {
    const path = '/double/rounds';
    for (let round = 0; round < ROUNDS; round += 1) {
      const members = await join(stage, { path, size: MEMBERS.length, round: String(round) });
      expectTogether(await passAll(members, 'double.enter'));
      const names = await stage.children(path, MEMBERS.length + 1);
      expect(names.filter((name) => !UUID.test(name))).toEqual(['ready']);
      expectTogether(await passAll(members, 'double.leave'));
      expect(await stage.children(path, 0)).toEqual([]);
    }
  });

  test.each(PAIRS)('double barrier: %s gives up entering, and %s cannot enter without it', async (first, other) => {
    const path = `/double/giving-up/${first}`;
    const [one, two] = [stage.peer(first), stage.peer(other)];
    await Promise.all([one, two].map((peer) => peer.call('double.join', path, path, 2)));
    expect(await one.call<Passage>('double.enter', path, 200)).toMatchObject({ passed: false });
    // Curator leaves its node behind when it gives up, and so counts as a member: a fault that others cannot mend.
    if (first === 'curator') return;
    expect(await stage.children(path, 0)).toEqual([]);
    expect(await two.call<Passage>('double.enter', path, 300)).toMatchObject({ passed: false });
  });

  test.each(PAIRS)('double barrier: %s dies before all are there, %s waits for another', async (first, other) => {
    const path = `/double/dying/${first}`;
    const doomed = await stage.extra(first);
    const [early, late] = [stage.peer(other), stage.peer(first)];
    await doomed.call('double.join', path, path, 3);
    doomed.call('double.enter', path, PATIENCE_MS).catch(() => undefined);
    await stage.children(path, 1);
    await early.call('double.join', path, path, 3);
    const entering = early.call<Passage>('double.enter', path, PATIENCE_MS);
    await stage.children(path, 2);
    await doomed.kill();
    await stage.children(path, 1);
    for (const name of ['a', 'b']) await late.call('double.join', `${path}/${name}`, path, 3);
    const second = late.call<Passage>('double.enter', `${path}/a`, PATIENCE_MS);
    await stage.children(path, 2);
    const third = late.call<Passage>('double.enter', `${path}/b`, PATIENCE_MS);
    expectTogether(await Promise.all([entering, second, third]));
    const leaving = [
      early.call<Passage>('double.leave', path, PATIENCE_MS),
      late.call<Passage>('double.leave', `${path}/a`, PATIENCE_MS),
      late.call<Passage>('double.leave', `${path}/b`, PATIENCE_MS),
    ];
    expectTogether(await Promise.all(leaving));
  });

  test.each(PAIRS)('double barrier: %s dies inside, %s can leave', async (first, other) => {
    const path = `/double/dying-inside/${first}`;
    const doomed = await stage.extra(first);
    const survivor = stage.peer(other);
    await Promise.all([doomed, survivor].map((peer) => peer.call('double.join', path, path, 2)));
    const entering = [doomed, survivor].map((peer) => peer.call<Passage>('double.enter', path, PATIENCE_MS));
    expectTogether(await Promise.all(entering));
    const leaving = survivor.call<Passage>('double.leave', path, PATIENCE_MS);
    await doomed.kill();
    expect(await leaving).toMatchObject({ passed: true });
    await until(async () => (await stage.witness.children(path)).length === 0 || undefined, {
      what: 'the barrier to be empty',
      timeoutMs: PATIENCE_MS,
    });
  });
});

interface Member {
  readonly name: string;
  readonly peer: RecipePeer;
}

async function join(stage: CuratorStage, at: { path: string; size: number; round: string }): Promise<Member[]> {
  const members = MEMBERS.map((kind, nth) => ({ name: `${at.path}/${at.round}/${nth}`, peer: stage.peer(kind) }));
  await Promise.all(members.map(({ name, peer }) => peer.call('double.join', name, at.path, at.size)));
  return members;
}

function passAll(members: readonly Member[], verb: 'double.enter' | 'double.leave'): Promise<Passage[]> {
  return Promise.all(members.map(({ name, peer }) => peer.call<Passage>(verb, name, PATIENCE_MS)));
}

/** All came through, and none before the last had come. */
function expectTogether(passages: readonly Passage[]): void {
  expect(passages.map(({ passed }) => passed)).toEqual(passages.map(() => true));
  const lastCall = Math.max(...passages.map(({ called }) => called));
  expect(Math.min(...passages.map(({ at }) => at))).toBeGreaterThan(lastCall);
}
