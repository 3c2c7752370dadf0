import { beforeEach, expect, test } from 'vitest';
import type { Zxid } from '../../../src/protocol/zxid.js';
import { ProposalTimes } from '../../../src/server/quorum/proposal-times.js';
import { ServerStats } from '../../../src/server/words/server-stats.js';
import { LearnerPeer } from '../../../src/server/zab/learner-peer.js';

let nowMs: number;
let stats: ServerStats;
let times: ProposalTimes;
const zxid = (counter: number): Zxid => (0x1_0000_0000 + counter) as Zxid;

function follower(sid: number): LearnerPeer {
  const peer = new LearnerPeer();
  peer.sid = sid;
  peer.phase = 'up-to-date';
  return peer;
}

const quorumMs = () => [stats.percentiles.quorum_ack_latency.count, stats.percentiles.quorum_ack_latency.sum];
const learnerMs = (sid: number) => [stats.learners.of(sid).ackLatencyMs.count, stats.learners.of(sid).ackLatencyMs.sum];

beforeEach(() => {
  nowMs = 1000;
  stats = new ServerStats();
  times = new ProposalTimes({ monotonicMs: () => nowMs, wallMs: () => 0 }, stats);
});

test('a proposal is timed until a quorum has it, and until each follower does', () => {
  const [one, two] = [follower(1), follower(2)];
  times.proposed(zxid(1), [one, two]);
  nowMs += 3;
  times.acked(one, zxid(1));
  times.committed(zxid(1));
  nowMs += 4;
  times.acked(two, zxid(1));
  expect([quorumMs(), learnerMs(1), learnerMs(2)]).toEqual([
    [1, 3],
    [1, 3],
    [1, 7],
  ]);
});

test('those that come meanwhile are not timed, and the next one is', () => {
  const one = follower(1);
  times.proposed(zxid(1), [one]);
  nowMs += 1;
  times.proposed(zxid(2), [one]);
  times.acked(one, zxid(1));
  times.acked(one, zxid(2));
  times.committed(zxid(2));
  expect(quorumMs()).toEqual([1, 1]);
  times.proposed(zxid(3), [one]);
  nowMs += 5;
  times.acked(one, zxid(2));
  times.committed(zxid(2));
  expect(quorumMs()).toEqual([1, 1]);
  times.acked(one, zxid(3));
  times.committed(zxid(3));
  expect([quorumMs(), learnerMs(1)]).toEqual([
    [2, 6],
    [2, 6],
  ]);
});

test('nobody waits for an observer, one that is not up to date, or one that is gone', () => {
  const [observer, fresh, lost] = [follower(4), follower(5), follower(6)];
  observer.isObserver = true;
  fresh.phase = 'epoch';
  times.proposed(zxid(1), [observer, fresh, lost]);
  times.lost(lost);
  times.committed(zxid(1));
  times.proposed(zxid(2), []);
  nowMs += 9;
  times.committed(zxid(2));
  expect(quorumMs()).toEqual([2, 9]);
});

test('a follower that does not answer is not waited for without end', () => {
  const silent = follower(1);
  times.proposed(zxid(1), [silent]);
  times.committed(zxid(1));
  nowMs += 1001;
  times.tick();
  times.proposed(zxid(2), []);
  times.committed(zxid(2));
  expect(quorumMs()).toEqual([2, 0]);
  expect(learnerMs(1)).toEqual([0, 0]);
});

test('without a quorum, a proposal is timed for as long as that takes', () => {
  times.proposed(zxid(1), []);
  nowMs += 5000;
  times.tick();
  times.committed(zxid(1));
  expect(quorumMs()).toEqual([1, 5000]);
});
