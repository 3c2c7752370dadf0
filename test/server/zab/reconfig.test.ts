import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/error-codes.js';
import type { ReconfigRequest } from '../../../src/protocol/reconfig.js';
import { makeZxid } from '../../../src/protocol/zxid.js';
import { QuorumConfig } from '../../../src/server/zab/quorum-config.js';
import { changedMembers, keepsLeader, type ReconfigGround } from '../../../src/server/zab/reconfig.js';

const line = (sid: number, role = 'participant') => `server.${sid}=h${sid}:2888:3888:${role};0.0.0.0:2181`;
const config = (lines: readonly string[], version = '100000000') =>
  QuorumConfig.parse([...lines, `version=${version}`].join('\n'));

const three = config([1, 2, 3].map((sid) => line(sid)));
const at = makeZxid(1, 7);

interface Asked extends Partial<Omit<ReconfigRequest, 'curConfigId'>> {
  readonly configId?: number;
}

function change(asked: Asked, ground: Partial<ReconfigGround> & { synced?: readonly number[] } = {}) {
  const { configId = -1, ...texts } = asked;
  const { synced = [1, 2, 3], ...rest } = ground;
  const request = { joiningServers: null, leavingServers: null, newMembers: null, ...texts };
  return changedMembers({ ...request, curConfigId: BigInt(configId) }, at, {
    current: three,
    lastSeen: rest.current ?? three,
    rules: { participantsMin: 2, sidMax: 255, multiAddressEnabled: false },
    hasSyncedQuorum: (verifier) =>
      verifier.containsQuorum(new Set(synced.filter((sid) => verifier.isParticipant(sid)))),
    ...rest,
  });
}

function membersOf(changed: ReturnType<typeof change>): string[] {
  if (!(changed instanceof QuorumConfig)) throw new Error(`refused: ${changed.why}`);
  expect(changed.version).toBe(at);
  return [...changed.members.values()].map(({ sid, role }) => `${sid} ${role}`).sort();
}

describe('members are changed', () => {
  it.each<[string, Asked, string[]]>([
    [
      'by who joins',
      { joiningServers: line(4, 'observer') },
      ['1 participant', '2 participant', '3 participant', '4 observer'],
    ],
    ['by who leaves', { leavingServers: '1' }, ['2 participant', '3 participant']],
    [
      'by both',
      { joiningServers: `${line(4)},${line(5)}`, leavingServers: '2, 3' },
      ['1 participant', '4 participant', '5 participant'],
    ],
    ['in their roles', { joiningServers: line(3, 'observer') }, ['1 participant', '2 participant', '3 observer']],
    [
      'by numbers alone',
      { joiningServers: '4=h4:1:2;3, 5=h5:1:2;3', leavingServers: '3' },
      ['1 participant', '2 participant', '4 participant', '5 participant'],
    ],
    ['not by who is none', { leavingServers: '99' }, ['1 participant', '2 participant', '3 participant']],
    ['all at once', { newMembers: `${line(1)},${line(7)}` }, ['1 participant', '7 participant']],
    ['all at once, in lines', { newMembers: `${line(2)}\n${line(7)}\nversion=5` }, ['2 participant', '7 participant']],
    ['from this version on', { leavingServers: '3', configId: three.version }, ['1 participant', '2 participant']],
  ])('%s', (_, asked, members) => {
    expect(membersOf(change(asked, { synced: [1, 2, 3, 4, 5, 7] }))).toEqual(members);
  });

  it('and one that leaves may come back elsewhere at once', () => {
    const changed = change({ leavingServers: '3', joiningServers: 'server.3=other:2888:3888;2181' });
    expect((changed as QuorumConfig).members.get(3)?.addresses[0]?.host).toBe('other');
  });

  it('in groups only all at once', () => {
    const grouped = config([...[1, 2, 3].map((sid) => line(sid)), 'group.1=1:2:3']);
    expect(change({ leavingServers: '3' }, { current: grouped })).toMatchObject({ err: ErrorCode.BADARGUMENTS });
    const next = [line(1), line(2), 'group.1=1:2', 'weight.1=1', 'weight.2=1'];
    expect(membersOf(change({ newMembers: next.join() }, { current: grouped }))).toHaveLength(2);
  });
});

describe('members stay as they are', () => {
  it.each<[string, Asked, number]>([
    ['another version is in force', { configId: 0x77, joiningServers: 'nonsense' }, ErrorCode.BADVERSION],
    ['a line is none', { joiningServers: 'server.5=localhost' }, ErrorCode.BADARGUMENTS],
    ['a line is unknown', { joiningServers: 'dataDir=/x' }, ErrorCode.BADARGUMENTS],
    ['a port is none', { joiningServers: 'server.7=h7:bogus' }, ErrorCode.BADARGUMENTS],
    ['two ports are one', { joiningServers: 'server.7=h7:2888:2888;2181' }, ErrorCode.BADARGUMENTS],
    ['there is no client port', { joiningServers: 'server.7=h7:2888:3888' }, ErrorCode.BADARGUMENTS],
    ['groups come with it', { joiningServers: `${line(4)},group.1=1:2:3:4` }, ErrorCode.BADARGUMENTS],
    ['a place is taken', { joiningServers: 'server.7=h1:2888:4888;2182' }, ErrorCode.BADARGUMENTS],
    ['a place is taken by the other port', { joiningServers: 'server.7=h1:3888:4888;2182' }, ErrorCode.BADARGUMENTS],
    ['an id is too high', { joiningServers: line(256) }, ErrorCode.BADARGUMENTS],
    ['an id is 0', { joiningServers: line(0) }, ErrorCode.BADARGUMENTS],
    ['a server would have two addresses', { joiningServers: 'server.7=a:1:2|b:1:2;3' }, ErrorCode.BADARGUMENTS],
    ['a host would break the file', { joiningServers: 'server.7=h\u00f6:1:2;3' }, ErrorCode.BADARGUMENTS],
    ['one voter is left', { leavingServers: '1,2' }, ErrorCode.BADARGUMENTS],
    ['no voter is left', { leavingServers: '1,2,3' }, ErrorCode.BADARGUMENTS],
    ['nobody is left', { newMembers: '' }, ErrorCode.BADARGUMENTS],
    ['who leaves is no number', { leavingServers: 'x' }, ErrorCode.MARSHALLINGERROR],
    [
      'the new voters do not follow',
      { joiningServers: `${line(5)},${line(6)},${line(7)}` },
      ErrorCode.NEWCONFIGNOQUORUM,
    ],
    ['the new voters do not follow', { newMembers: line(5).concat(',', line(6)) }, ErrorCode.NEWCONFIGNOQUORUM],
  ])('when %s', (_, asked, err) => {
    expect(change(asked)).toMatchObject({ err });
  });

  it('while another change is under way, whatever is asked', () => {
    const lastSeen = three.withVersion(makeZxid(1, 3));
    expect(change({ joiningServers: 'nonsense', configId: 0x77 }, { lastSeen })).toMatchObject({
      err: ErrorCode.RECONFIGINPROGRESS,
    });
  });

  it('unless one voter may be left', () => {
    const rules = { participantsMin: 1, sidMax: 255, multiAddressEnabled: false };
    expect(membersOf(change({ leavingServers: '1,2' }, { rules }))).toEqual(['3 participant']);
    expect(change({ leavingServers: '1,2,3' }, { rules })).toMatchObject({ err: ErrorCode.BADARGUMENTS });
  });

  it('when the new voters would need one who is an observer now, whatever it was when it came', () => {
    const current = config([line(1), line(2), line(3, 'observer')]);
    const asked = { newMembers: [line(1), line(3)].join(',') };
    expect(change(asked, { current })).toMatchObject({ err: ErrorCode.NEWCONFIGNOQUORUM });
    // With two others it is not needed.
    expect(membersOf(change({ joiningServers: line(3) }, { current }))).toHaveLength(3);
  });

  it('unless enough of the new voters follow: one who does not yet may be among them', () => {
    expect(membersOf(change({ joiningServers: line(4) }))).toHaveLength(4);
  });
});

describe('a leader goes on', () => {
  it.each([
    ['as a voter', [line(1), line(2)], true],
    ['with other ports for elections and clients', ['server.1=h1:2888:9;9', line(2)], true],
    ['not as an observer', [line(1, 'observer'), line(2), line(3)], false],
    ['not as none', [line(2), line(3)], false],
    ['not elsewhere', ['server.1=h1:2889:3888;2181', line(2)], false],
  ])('%s', (_, lines, isKept) => {
    expect(keepsLeader(1, three, config(lines))).toBe(isKept);
  });
});
