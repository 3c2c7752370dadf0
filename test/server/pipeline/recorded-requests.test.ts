import { expect, test } from 'vitest';
import { OPEN_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import { JuteReader } from '../../../src/protocol/jute-reader.js';
import { JuteWriter } from '../../../src/protocol/jute-writer.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { readForwardedRequest } from '../../../src/protocol/quorum/forwarded-request.js';
import { PacketType } from '../../../src/protocol/quorum/packet-type.js';
import type { QuorumPacket } from '../../../src/protocol/quorum/quorum-packet.js';
import { readQuorumPacket } from '../../../src/protocol/quorum/quorum-packet.js';
import { readRevalidateAnswer, readRevalidateRequest } from '../../../src/protocol/quorum/revalidation.js';
import { readTxn, readTxnHeader } from '../../../src/protocol/txn-codec.js';
import { counterOf, makeZxid } from '../../../src/protocol/zxid.js';
import type { CommittedZxid } from '../../../src/server/zab/durable.js';
import { sessionPassword } from '../../../src/server/sessions/session-password.js';
import { NO_TRIGGERS } from '../../../src/server/tree/triggers.js';
import type { QuorumRow } from '../../vectors/support/quorum-rows.js';
import { quorumFiles, readQuorumRows } from '../../vectors/support/quorum-rows.js';
import { EnsembleHarness } from './support/ensemble-harness.js';
import type { TestLink } from './support/test-link.js';

const LEADER = 3;
const DIGEST_BYTES = 12;

interface Packet extends QuorumPacket {
  readonly row: QuorumRow;
}

/** What matters here, in order: requests, proposals and commits, revalidations, syncs. */
function packetsOf(scenario: string): Packet[] {
  return readQuorumRows(scenario)
    .filter(({ decoded }) => decoded.kind === 'QuorumPacket')
    .map((row) => ({ ...readQuorumPacket(new JuteReader(Buffer.from(row.hex, 'hex'))), row }));
}

const ofType = (packets: readonly Packet[], type: number): Packet[] => packets.filter((packet) => packet.type === type);
const requestOf = (packet: Packet) => readForwardedRequest(new JuteReader(packet.data!));
const headerOf = (packet: Packet) => readTxnHeader(new JuteReader(packet.data!));

/** The proposals as one learner got them. */
function proposalsOf(packets: readonly Packet[]): Packet[] {
  const all = new Map(ofType(packets, PacketType.PROPOSAL).map((packet) => [packet.zxid, packet]));
  return [...all.values()].sort((a, b) => a.zxid - b.zxid);
}

/** The start of a server whose first session had this id. */
const startOf = (sessionId: bigint): number => Number((sessionId >> 16n) & 0xff_ffff_ffffn);

/** A learner among recorded ones: what it asks goes nowhere, what the recorded leader said comes. */
class RecordedLeader {
  readonly ensemble: EnsembleHarness;
  private readonly packets: readonly Packet[];

  constructor(packets: readonly Packet[], ensemble: EnsembleHarness) {
    this.packets = packets;
    this.ensemble = ensemble;
  }

  /** Plays what a client of server 1 has done; returns its answers. */
  play(): { readonly requests: readonly string[]; readonly asked: readonly string[]; readonly answers: string[] } {
    const links = new Map<bigint, TestLink>();
    const answers: string[] = [];
    for (const packet of this.packets) {
      if (packet.row.from === 1 && packet.type === PacketType.REQUEST) this.ask(packet, links);
      else if (packet.row.to === 1) this.tell(packet);
      for (const link of links.values()) {
        if (link.session === null && link.link.out.length > 0) link.session = link.handshake();
        else answers.push(...link.take().map(({ xid, zxid, err }) => `${xid} ${zxid} ${err}`));
      }
    }
    const own = ofType(this.packets, PacketType.REQUEST).filter(({ row }) => row.from === 1);
    return {
      requests: own.map(({ row }) => row.hex),
      asked: this.ensemble.sent.map(({ bytes }) => bytes.toString('hex')),
      answers,
    };
  }

  private ask(packet: Packet, links: Map<bigint, TestLink>): void {
    const { sessionId, cxid, opcode } = requestOf(packet);
    const isLocal = this.ensemble.options.localSessions !== undefined;
    // The upgrade of a local session is the server's own idea.
    if (opcode === OpCode.createSession && isLocal) return;
    let link = links.get(sessionId);
    if (link === undefined) {
      link = this.ensemble.member(1).connect();
      if (isLocal) link.session = link.handshake();
      links.set(sessionId, link);
      if (opcode === OpCode.createSession) return;
    }
    link.link.identities = packet.authinfo!;
    const body = packet.data!.subarray(16);
    link.sendRaw(Buffer.concat([new JuteWriter().int32(cxid).int32(opcode).take(), body]));
  }

  private tell({ type, zxid, data }: Packet): void {
    const { ensemble } = this;
    const bytes = data ?? Buffer.alloc(0);
    const writes = ensemble.writesOf(1);
    if (type === PacketType.PROPOSAL) writes.accept({ zxid, bytes, start: 0, end: bytes.length });
    if (type === PacketType.COMMIT) ensemble.member(1).core!.deliver(zxid as CommittedZxid);
    if (type === PacketType.SYNC) writes.syncAnswered();
  }
}

test('a follower asks what a recorded one asked, and makes the same tree of what its leader decided', () => {
  const packets = packetsOf('follower-writes');
  const own = ofType(packets, PacketType.REQUEST).map(requestOf);
  const ensemble = new EnsembleHarness({ epoch: 1, startMs: startOf(own[0]!.sessionId) });
  const { requests, asked, answers } = new RecordedLeader(packets, ensemble).play();
  expect(requests).toHaveLength(18);
  expect(asked).toEqual(requests);
  expect(ensemble.diverged).toEqual([]);
  const told = proposalsOf(packets).map(headerOf);
  const expected = own.slice(1).map(({ sessionId, cxid, opcode }) => {
    const { zxid, type } = told.find((header) => header.clientId === sessionId && header.cxid === cxid) ?? told[11]!;
    return [cxid, zxid, type === OpCode.error && opcode !== OpCode.sync];
  });
  const got = answers.map((answer) => answer.split(' ').map(Number)).map(([xid, zxid, err]) => [xid, zxid, err !== 0]);
  expect(got).toEqual(expected);
  expect(ensemble.member(1).pipeline.outstanding).toBe(0);
});

test('a follower upgrades a local session as a recorded one did', () => {
  const packets = packetsOf('local-sessions');
  const { sessionId } = requestOf(ofType(packets, PacketType.REQUEST)[0]!);
  const ensemble = new EnsembleHarness({ epoch: 1, startMs: startOf(sessionId), localSessions: 'upgrading' });
  const { requests, asked } = new RecordedLeader(packets, ensemble).play();
  expect(asked).toEqual(requests);
  expect(ensemble.diverged).toEqual([]);
});

/** Plays what learners asked to a leader of ours. */
class RecordedLearners {
  readonly ensemble: EnsembleHarness;
  readonly revalidated: string[] = [];
  private readonly proposals: readonly Packet[];

  constructor(proposals: readonly Packet[], ensemble: EnsembleHarness) {
    this.proposals = proposals;
    this.ensemble = ensemble;
  }

  ask({ row, type, data }: Packet): void {
    this.toTheTime();
    if (type === PacketType.REQUEST)
      this.ensemble.write(row.from, (writer) => writer.bytes(Buffer.from(row.hex, 'hex')));
    if (type === PacketType.REVALIDATE) {
      const { sessionId, timeoutMs } = readRevalidateRequest(new JuteReader(data!));
      this.revalidated.push(`${sessionId} ${this.ensemble.requests.revalidate(row.from, sessionId, timeoutMs)}`);
    }
    this.ensemble.settle();
  }

  /** The next transaction comes when it was recorded to come. */
  toTheTime(): void {
    const next = this.proposals[this.ensemble.proposed.length];
    if (next !== undefined) this.ensemble.nowMs = headerOf(next).timeMs;
  }
}

/** In hex; a failed multi bears a digest here, and a tree that began as another has another. */
function comparable(bytes: Buffer, withDigest: boolean): string {
  const reader = new JuteReader(bytes);
  readTxn(reader, readTxnHeader(reader).type);
  expect([0, DIGEST_BYTES]).toContain(reader.remaining);
  return bytes.subarray(0, withDigest ? bytes.length : reader.pos).toString('hex');
}

test.each(['follower-writes', 'local-sessions'])(
  'a leader makes of recorded requests what was made of them: %s',
  (name) => {
    const packets = packetsOf(name);
    const requests = ofType(packets, PacketType.REQUEST).filter((packet) => requestOf(packet).opcode !== OpCode.sync);
    const proposals = proposalsOf(packets).slice(0, requests.length);
    expect(requests.length).toBe(name === 'local-sessions' ? 5 : 17);
    const ensemble = new EnsembleHarness({ epoch: 1, localSessions: name === 'local-sessions' ? 'upgrading' : 'off' });
    const learners = new RecordedLearners(proposals, ensemble);
    for (const packet of requests) learners.ask(packet);
    expect(ensemble.proposed.map((bytes) => comparable(bytes, true))).toEqual(
      proposals.map(({ data }) => comparable(data!, true)),
    );
  },
);

test('a leader lets sessions move, and refuses old connections, as a recorded one did', () => {
  const packets = packetsOf('session-revalidate');
  const sessionId = 0x1000012c8730000n;
  const at = { clientId: sessionId, cxid: 0, timeMs: 0 };
  const ensemble = new EnsembleHarness({
    epoch: 1,
    seed: ({ tree, sessions }) => {
      sessions.add(sessionId, 6000, 0);
      const txn = { path: '/r', data: null, acl: OPEN_ACL_UNSAFE, ephemeral: true, parentCVersion: 1 };
      tree.apply(
        { ...at, zxid: 1 as CommittedZxid, type: OpCode.create },
        { ...txn, type: OpCode.create },
        NO_TRIGGERS,
      );
    },
  });
  const leader = ensemble.leader.state.tree;
  leader.lastProcessedZxid = (leader.lastProcessedZxid + 2) as CommittedZxid;
  const proposals = proposalsOf(packets);
  const learners = new RecordedLearners(proposals, ensemble);
  for (const packet of packets) {
    const isNext = packet.type === PacketType.PROPOSAL && packet.zxid === proposals[ensemble.proposed.length]?.zxid;
    if (packet.row.to === LEADER) learners.ask(packet);
    else if (isNext) leadersOwn(packet);
  }
  expect(ensemble.proposed.map((bytes) => comparable(bytes, false))).toEqual(
    proposals.map(({ data }) => comparable(data!, false)),
  );
  const answers = ofType(packets, PacketType.REVALIDATE).filter(({ row }) => row.from === LEADER);
  expect(learners.revalidated).toEqual(
    answers.map(({ data }) => {
      const answer = readRevalidateAnswer(new JuteReader(data!));
      return `${answer.sessionId} ${answer.isValid}`;
    }),
  );

  /** A transaction that no learner had asked for. */
  function leadersOwn(packet: Packet): void {
    const { clientId, cxid, type } = headerOf(packet);
    learners.toTheTime();
    if (type === OpCode.closeSession) {
      expect(ensemble.leader.pipeline.endSession(clientId)).toBe(true);
    } else {
      const session = { protocolVersion: 0, timeOut: 6000, sessionId: clientId, passwd: sessionPassword(clientId) };
      const link = ensemble.leader.open({ session: { ...session, readOnly: false }, timeOut: 6000 });
      link.send(OpCode.setData, { path: '/r', data: Buffer.from('on leader'), version: -1 }, cxid);
    }
    ensemble.settle();
  }
});

/** Those that begin with an empty tree. */
const FROM_NOTHING = quorumFiles().filter((name) =>
  /^(follower-writes|local-sessions|mixed-leader-.*|reconfig)$/.test(name),
);

test.each(FROM_NOTHING)('whatever recorded leaders decided, a learner comes to the same trees: %s', (name) => {
  const packets = packetsOf(name);
  let longest = 0;
  for (const conn of new Set(ofType(packets, PacketType.PROPOSAL).map(({ row }) => row.conn))) {
    const ensemble = new EnsembleHarness();
    const writes = ensemble.writesOf(1);
    let last = makeZxid(1, 0);
    for (const { row, type, zxid, data } of packets) {
      if (row.conn !== conn || row.from === row.initiator) continue;
      if (type === PacketType.PROPOSAL && zxid === last + 1) {
        writes.accept({ zxid, bytes: data!, start: 0, end: data!.length });
        last = zxid;
      } else if (type === PacketType.COMMIT && zxid <= last) {
        ensemble.member(1).core!.deliver(zxid as CommittedZxid);
      }
    }
    expect(ensemble.diverged).toEqual([]);
    longest = Math.max(longest, counterOf(last));
  }
  expect(longest).toBeGreaterThanOrEqual(5);
});
