import { describe, expect, it } from 'vitest';
import { JuteReader } from '../../../src/protocol/jute-reader.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { readDesignatedLeader } from '../../../src/protocol/quorum/activation.js';
import { PacketType } from '../../../src/protocol/quorum/packet-type.js';
import { readQuorumPacket, type QuorumPacket } from '../../../src/protocol/quorum/quorum-packet.js';
import { reconfigCodec } from '../../../src/protocol/reconfig.js';
import { readTxn, readTxnHeader } from '../../../src/protocol/txn-codec.js';
import { ZXID_NONE, type Zxid } from '../../../src/protocol/zxid.js';
import type { LearnerPeer } from '../../../src/server/zab/learner-peer.js';
import { QuorumConfig } from '../../../src/server/zab/quorum-config.js';
import { changedMembers, keepsLeader } from '../../../src/server/zab/reconfig.js';
import { readQuorumRows, type QuorumRow } from '../../vectors/support/quorum-rows.js';
import { LeaderRig } from './support/leader-rig.js';
import { packetText, zxidText } from './support/packets.js';

const RULES = { participantsMin: 2, sidMax: 255, multiAddressEnabled: false };
/** A session's id and the cxid; then int opcode. */
const OPCODE_AT = 12;
const FIRST = QuorumConfig.parse(
  [1, 2, 3].map((sid) => `server.${sid}=127.0.0.1:2210${sid}:2220${sid}:participant`).join('\n'),
);

const rows = readQuorumRows('reconfig').filter(
  ({ port, decoded }) => port === 'quorum' && decoded.kind === 'QuorumPacket',
);
const packetOf = ({ hex }: QuorumRow): QuorumPacket => readQuorumPacket(new JuteReader(Buffer.from(hex, 'hex')));

/** What was recorded of one leader: its own part of it is played by ours, and kept by connection. */
class RecordedReign {
  readonly sent = new Map<number, string[]>();
  readonly expected = new Map<number, string[]>();
  current: QuorumConfig;
  private lastSeen: QuorumConfig;
  private readonly sid: number;
  private readonly rig: LeaderRig;
  private readonly peers = new Map<number, LearnerPeer>();
  private proposed = ZXID_NONE;

  constructor(sid: number, { config, epoch, last }: { config: QuorumConfig; epoch: number; last: Zxid }) {
    this.sid = sid;
    this.current = config;
    this.lastSeen = config;
    const from = { acceptedEpoch: epoch, currentEpoch: epoch, configVersion: config.version };
    this.rig = new LeaderRig({ sid, verifier: config.verifier, lastLogged: last, ...from });
    this.rig.leader.start();
  }

  play(row: QuorumRow): void {
    const packet = packetOf(row);
    if (packet.type === PacketType.PING) return;
    if (row.to === this.sid) this.hear(row, packet);
    else this.expect(row, packet);
    this.settle();
  }

  private hear({ conn, initiator }: QuorumRow, packet: QuorumPacket): void {
    let peer = this.peers.get(conn);
    if (peer === undefined) {
      peer = this.rig.leader.connected();
      this.peers.set(conn, peer);
      this.sent.set(conn, []);
    }
    if (packet.type === PacketType.REQUEST) return this.judge(packet.data!);
    this.rig.say(peer, packet);
    expect([0, initiator]).toContain(peer.sid);
    this.rig.leader.turnEnded();
  }

  /** Our text of the members must be the one that was proposed: it is seen when that comes. */
  private judge(request: Buffer): void {
    if (request.readInt32BE(OPCODE_AT) !== OpCode.reconfig) return;
    const asked = reconfigCodec.request.read(new JuteReader(request, OPCODE_AT + 4));
    const changed = changedMembers(asked, (this.proposed + 1) as Zxid, {
      current: this.current,
      lastSeen: this.lastSeen,
      rules: RULES,
      hasSyncedQuorum: (verifier) => this.rig.leader.hasSyncedQuorum(verifier),
    });
    if (!(changed instanceof QuorumConfig)) throw new Error(changed.why);
    this.lastSeen = changed;
  }

  private expect({ conn }: QuorumRow, { type, zxid, data }: QuorumPacket): void {
    if (type === PacketType.PROPOSAL && zxid > this.proposed) this.propose(zxid, data!);
    const leads = type === PacketType.COMMITANDACTIVATE || type === PacketType.INFORMANDACTIVATE;
    const named = leads ? ` ${readDesignatedLeader(new JuteReader(data!))}` : '';
    this.expected.set(conn, [...(this.expected.get(conn) ?? []), `${packetText(type, zxid)}${named}`]);
    if (type === PacketType.NEWLEADER) expect(data?.toString()).toBe(this.lastSeen.format());
  }

  private propose(zxid: Zxid, bytes: Buffer): void {
    this.proposed = zxid;
    const reader = new JuteReader(bytes);
    const { type } = readTxnHeader(reader);
    const txn = readTxn(reader, type);
    const entry = { zxid, bytes, start: 0, end: bytes.length };
    if (txn.type !== OpCode.reconfig) {
      this.rig.leader.propose(entry);
    } else {
      expect(txn).toMatchObject({ path: '/zookeeper/config', version: -1 });
      expect(txn.data?.toString()).toBe(this.lastSeen.format());
      const { verifier } = this.lastSeen;
      const isKept = keepsLeader(this.sid, this.current, this.lastSeen);
      this.rig.leader.reconfigure(entry, { verifier, keepsLeader: isKept });
    }
    this.rig.logged(zxidText(zxid));
  }

  /** The disk is quick; nobody has files to read from. */
  private settle(): void {
    for (let lines = this.rig.take(); lines.length > 0; lines = this.rig.take()) {
      for (const line of lines) this.carryOut(line);
    }
  }

  private carryOut(line: string): void {
    const [verb = '', what = ''] = line.split(' ');
    if (verb === 'acceptEpoch') this.rig.accepted(Number(what));
    else if (verb === 'enterEpoch') {
      if (this.current.version === ZXID_NONE)
        this.lastSeen = this.current.withVersion((Number(what) * 2 ** 32) as Zxid);
      this.rig.entered(Number(what));
    } else if (verb === 'established' || verb === 'activate') {
      this.current = this.lastSeen;
      this.rig.leader.configured(this.current.version);
    } else if (verb === 'readLog') {
      for (const peer of this.peers.values()) if (peer.phase === 'reading') this.rig.leader.logRead(peer, null);
    } else if (verb.endsWith('<')) {
      this.record(Number(verb.slice(0, -1)), line);
    }
  }

  private record(sid: number, line: string): void {
    const text = line.slice(line.indexOf(' ') + 1).replace(/ '[^]*$/, '');
    const [conn] = [...this.peers].filter(([, peer]) => peer.sid === sid).at(-1)!;
    if (!text.startsWith('PING')) this.sent.get(conn)?.push(text);
  }
}

describe('the recorded change of members', () => {
  const ofLeader = (leader: number) => rows.filter(({ from, to, initiator }) => from + to - initiator === leader);
  const first = new RecordedReign(3, { config: FIRST, epoch: 0, last: ZXID_NONE });
  const second = () => new RecordedReign(2, { config: first.current, epoch: 1, last: 0x1_0000_000a as Zxid });

  it('goes the same way with our leader, who names the same server at the end', () => {
    for (const row of ofLeader(3)) first.play(row);
    expect([...first.sent.keys()]).toEqual([6, 7, 14, 15, 16]);
    expect(Object.fromEntries(first.sent)).toEqual(Object.fromEntries(first.expected));
    expect(first.sent.get(7)?.at(-1)).toBe('COMMITANDACTIVATE 1.10 2');
  });

  it('goes on with our leader where the named one was', () => {
    const reign = second();
    for (const row of ofLeader(2)) reign.play(row);
    expect([...reign.sent.keys()]).toEqual([17, 18, 19]);
    expect(Object.fromEntries(reign.sent)).toEqual(Object.fromEntries(reign.expected));
  });
});
