import { expect, test } from 'vitest';
import { describeWithCurator, PAIRS, type CuratorStage } from '../support/curator-stage.js';
import type { PeerKind } from '../support/recipe-peer.js';
import { expectExclusive, type Turn } from '../support/turns.js';

/** Who stands in line, in this order. */
const LINE: readonly PeerKind[] = ['curator', 'pinfold', 'pinfold', 'curator', 'curator', 'pinfold'];
const TURNS = 60;
const LATCH_NAME = /^_c_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-latch-\d{10}$/;

interface Participant {
  readonly id: string;
  readonly leads: boolean;
}

interface Member {
  readonly id: string;
  readonly kind: PeerKind;
}

describeWithCurator('leaders shared with Curator', { rooms: ['leaders'] }, (stage) => {
  test('latch: each leads in turn, one at a time, in the order of the line', async () => {
    const path = '/latch/line';
    const members = LINE.map((kind, at) => ({ id: `${kind}-${at}`, kind }));
    for (const [at, { id, kind }] of members.entries()) {
      await stage.peer(kind).call('latch.start', `${path}/${id}`, path, id);
      await stage.children(path, at + 1);
    }
    const names = await stage.children(path, members.length);
    expect(names.filter((name) => !LATCH_NAME.test(name))).toEqual([]);
    const closings: number[] = [];
    for (const [at, { id, kind }] of members.entries()) {
      const { at: beganAt } = await stage.peer(kind).event('leads', ({ name }) => name === `${path}/${id}`);
      expect(beganAt, `${id} leads after the one before it has closed`).toBeGreaterThan(closings.at(-1) ?? 0);
      await expectSeenByAll(stage, path, members.slice(at));
      expect(await leading(stage, path, members.slice(at))).toEqual([id]);
      const { at: closedAt } = await stage.peer(kind).call<{ at: number }>('latch.close', `${path}/${id}`);
      closings.push(closedAt);
    }
    expect(await stage.witness.children(path)).toEqual([]);
  });

  test.each(PAIRS)('latch: %s dies while it leads, %s leads next, a third after it', async (first, other) => {
    const path = `/latch/dying/${first}`;
    const doomed = await stage.extra(first);
    const heir = stage.peer(other);
    await doomed.call('latch.start', path, path, 'doomed');
    await doomed.event('leads');
    await heir.call('latch.start', path, path, 'heir');
    await stage.children(path, 2);
    await stage.peer(first).call('latch.start', path, path, 'third');
    await stage.children(path, 3);
    expect(await heir.call('latch.leader', path)).toBe('doomed');
    await doomed.kill();
    await heir.event('leads', ({ name }) => name === path);
    expect(await stage.peer(first).call('latch.leader', path)).toBe('heir');
    expect(await stage.peer(first).call('latch.leads', path)).toBe(false);
    await heir.call('latch.close', path);
    await stage.peer(first).event('leads', ({ name }) => name === path);
    await stage.peer(first).call('latch.close', path);
  });

  test(`selector: ${2 * TURNS} turns of both, one at a time`, async () => {
    await stage.meetingPlace('/meet');
    const turns = await stage.both((peer) =>
      peer.call<Turn[]>('selector.run', '/selector/turns', '/meet', peer.kind, TURNS),
    );
    // Curator does not tell the node of a leader: the server's order of visits stands for the tokens.
    expectExclusive(
      turns.map((turn) => ({ ...turn, token: turn.order })),
      2 * TURNS,
    );
    expect(turns.filter(({ by, mark }) => by !== mark)).toEqual([]);
    expect(await stage.children('/selector/turns', 0)).toEqual([]);
  });

  test.each(PAIRS)('selector: %s dies while it leads, %s leads next', async (first, other) => {
    const path = `/selector/dying/${first}`;
    const doomed = await stage.extra(first);
    const heir = stage.peer(other);
    await doomed.call('selector.hold', path, path, 'doomed');
    await doomed.event('leads');
    await heir.call('selector.hold', path, path, 'heir');
    await stage.children(path, 2);
    const line: Participant[] = [
      { id: 'doomed', leads: true },
      { id: 'heir', leads: false },
    ];
    expect(await heir.call('selector.participants', path)).toEqual(line);
    expect(heir.events('leads').filter(({ name }) => name === path)).toEqual([]);
    await doomed.kill();
    await heir.event('leads', ({ name }) => name === path);
    expect(await heir.call('selector.leader', path)).toBe('heir');
    await heir.call('selector.close', path);
    await stage.children(path, 0);
  });

  test.each(PAIRS)('selector: %s is closed while it leads, %s leads next', async (first, other) => {
    const path = `/selector/closing/${first}`;
    const [leader, heir] = [stage.peer(first), stage.peer(other)];
    await leader.call('selector.hold', path, path, 'leader');
    await leader.event('leads', ({ name }) => name === path);
    await heir.call('selector.hold', path, path, 'heir');
    await stage.children(path, 2);
    await leader.call('selector.close', path);
    const { at: endedAt } = await leader.event('follows', ({ name }) => name === path);
    const { at: beganAt } = await heir.event('leads', ({ name }) => name === path);
    expect(beganAt).toBeGreaterThan(endedAt);
    await heir.call('selector.close', path);
  });
});

/** Every member, whichever its kind, sees the same line. */
async function expectSeenByAll(stage: CuratorStage, path: string, members: readonly Member[]): Promise<void> {
  const line = members.map(({ id }, at) => ({ id, leads: at === 0 }));
  for (const { id, kind } of members) {
    expect(await stage.peer(kind).call<Participant[]>('latch.participants', `${path}/${id}`)).toEqual(line);
    expect(await stage.peer(kind).call('latch.leader', `${path}/${id}`)).toBe(members[0]?.id);
  }
}

async function leading(stage: CuratorStage, path: string, members: readonly Member[]): Promise<string[]> {
  const answers = await Promise.all(
    members.map(({ id, kind }) => stage.peer(kind).call<boolean>('latch.leads', `${path}/${id}`)),
  );
  return members.filter((_, at) => answers[at]).map(({ id }) => id);
}
