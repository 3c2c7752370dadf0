import { expect, it } from 'vitest';
import { PacketType } from '../../../src/protocol/quorum/packet-type.js';
import { epochOf } from '../../../src/protocol/zxid.js';
import { CommittedLog } from '../../../src/server/zab/committed-log.js';
import { majorityOf } from '../../../src/server/zab/quorum-verifier.js';
import { LeaderRig } from './support/leader-rig.js';
import { ack, ackEpoch, NO_ZXID, zxidText } from './support/packets.js';
import { recordedSyncs, textOf, type RecordedSync } from './support/recorded-sync.js';

const LEADER = 100;
const OTHER = 101;

/** What a learner that comes as recorded is sent, up to NEWLEADER, by a leader with the history that was recorded. */
function replay({ sid, isObserver, acceptedEpoch, epoch, last, currentEpoch, history }: RecordedSync): string[] {
  const before = history.filter(({ zxid }) => epochOf(zxid) < epoch);
  const own = history.slice(before.length);
  const committedLog = new CommittedLog({ entriesMax: 500, bytesMax: 1_000_000 });
  committedLog.reset(before);
  const lastLogged = before.at(-1)?.zxid ?? ack('0.0').zxid;
  const rig = new LeaderRig({
    sid: LEADER,
    verifier: majorityOf([LEADER, OTHER, sid]),
    acceptedEpoch: epoch - 1,
    committedLog,
    lastLogged,
  });
  rig.leader.start();
  const other = rig.come(OTHER);
  rig.accepted(epoch);
  rig.say(other, ackEpoch(zxidText(lastLogged), 0));
  rig.entered(epoch);
  rig.say(other, ack(`${epoch}.0`));
  for (const { zxid, bytes } of own) {
    rig.leader.propose({ zxid, bytes, start: 0, end: bytes.length });
    rig.say(other, ack(zxidText(zxid)));
    rig.logged(zxidText(zxid));
  }
  rig.take();
  const peer = rig.introduce(sid, { isObserver, acceptedEpoch, currentEpoch, last: zxidText(last) });
  // No recorded leader reads its files: an empty learner is before the first of them.
  if (peer.phase === 'reading') rig.leader.logRead(peer, null);
  return rig.takeFor(sid).map((line) => line.slice(`${sid}< `.length).replace(/ '[^]*$/, ''));
}

/** A leader without transactions sends a snapshot to one without; it lacks nothing. */
const EMPTY = new Map([['SNAP 1.0', 'DIFF 0.0']]);

const syncs = recordedSyncs().filter(({ decision }) => decision.zxid !== NO_ZXID);

it.each(syncs.map((sync) => [sync.name, sync] as const))('decides as Apache’s leader did: %s', (_, sync) => {
  const theirs = sync.packets.filter(({ isFromLeader, type }) => isFromLeader && type !== PacketType.PING).map(textOf);
  const expected = theirs.slice(0, theirs.findIndex((text) => text.startsWith('NEWLEADER')) + 1);
  const empty = sync.last === 0 && sync.history.length === 0 ? EMPTY : null;
  expect(replay(sync)).toEqual(expected.map((text) => empty?.get(text) ?? text));
});
