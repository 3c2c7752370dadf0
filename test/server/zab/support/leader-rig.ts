import { PacketType } from '../../../../src/protocol/quorum/packet-type.js';
import type { Zxid } from '../../../../src/protocol/zxid.js';
import { CommittedLog } from '../../../../src/server/zab/committed-log.js';
import type {
  CommittedZxid,
  DurableAcceptedEpoch,
  DurableCurrentEpoch,
  DurableZxid,
} from '../../../../src/server/zab/durable.js';
import type { Entry, EntryInPlace } from '../../../../src/server/zab/entry.js';
import type { LeaderEffects } from '../../../../src/server/zab/leader-effects.js';
import { Leader } from '../../../../src/server/zab/leader.js';
import type { LearnerPeer } from '../../../../src/server/zab/learner-peer.js';
import { majorityOf, type QuorumVerifier } from '../../../../src/server/zab/quorum-verifier.js';
import { Quorums } from '../../../../src/server/zab/quorums.js';
import type { SyncSource } from '../../../../src/server/zab/sync-rounds.js';
import { ack, ackEpoch, entry, handOver, inPlace, learnerInfo, packetText, zxid, zxidText } from './packets.js';
import type { Said, WhoComes } from './packets.js';

export interface LeaderRigOptions {
  readonly sid?: number;
  readonly verifier?: QuorumVerifier;
  readonly lastSeen?: QuorumVerifier | null;
  readonly acceptedEpoch?: number;
  readonly currentEpoch?: number;
  readonly history?: readonly Entry[];
  /** Where that has no end, or not this one. */
  readonly lastLogged?: Zxid;
  readonly committedLog?: CommittedLog;
  readonly configVersion?: Zxid;
}

/** How a learner introduces itself. */
export interface Introduction extends WhoComes {
  readonly last?: string;
  readonly currentEpoch?: number;
}

/** A leader whose learners, disk and clients are the test. What it wants done is written down, a line each. */
export class LeaderRig {
  readonly leader: Leader;
  readonly log: CommittedLog;
  isSnapshotPossible = true;
  config: Buffer | null = null;
  private lines: string[] = [];
  private readonly effects: LeaderEffects = {
    send: (peer, type, at, data) => {
      const text = type === PacketType.NEWLEADER && data !== null ? ` '${data.toString()}'` : '';
      this.lines.push(`${peer.sid}< ${packetText(type, at)}${text}`);
    },
    sendEntry: (peer, type, { zxid: at, bytes, start, end }) =>
      this.lines.push(`${peer.sid}< ${packetText(type, at)} '${Buffer.from(bytes.subarray(start, end)).toString()}'`),
    sendActivation: (peer, { zxid: at }, leader) =>
      this.lines.push(`${peer.sid}< ${peer.isObserver ? 'INFORM' : 'COMMIT'}ANDACTIVATE ${zxidText(at)} ${leader}`),
    activate: (at, leader) => this.lines.push(`activate ${zxidText(at)} ${leader}`),
    sendSnapshot: (peer, at) => {
      if (this.isSnapshotPossible) this.lines.push(`${peer.sid}< SNAP ${zxidText(at)}`);
      return this.isSnapshotPossible;
    },
    readLog: (peer, after, upTo) => this.lines.push(`readLog ${peer.sid} ${zxidText(after)}..${zxidText(upTo)}`),
    close: (peer, reason) => this.lines.push(`close ${peer.sid}: ${reason}`),
    acceptEpoch: (epoch) => this.lines.push(`acceptEpoch ${epoch}`),
    enterEpoch: (epoch) => this.lines.push(`enterEpoch ${epoch}`),
    configToPropose: () => this.config,
    established: (epoch) => this.lines.push(`established ${epoch}`),
    persist: (persisted) => this.lines.push(`persist ${zxidText(persisted.zxid)}`),
    commit: (upTo: CommittedZxid) => this.lines.push(`commit ${zxidText(upTo)}`),
    synced: (source: SyncSource) => this.lines.push(`synced ${(source as { name?: string }).name ?? 'a learner'}`),
    stepDown: (reason) => this.lines.push(`stepDown: ${reason}`),
  };

  constructor(options: LeaderRigOptions = {}) {
    const { sid = 1, verifier = majorityOf([1, 2, 3]), lastSeen = null, history = [] } = options;
    this.log = options.committedLog ?? new CommittedLog({ entriesMax: 500, bytesMax: 1_000_000 });
    if (options.committedLog === undefined) this.log.reset(history);
    const { acceptedEpoch = 0, currentEpoch = acceptedEpoch } = options;
    this.leader = new Leader(
      {
        sid,
        quorums: new Quorums(verifier, lastSeen),
        acceptedEpoch: acceptedEpoch as DurableAcceptedEpoch,
        currentEpoch: currentEpoch as DurableCurrentEpoch,
        lastLogged: options.lastLogged ?? history.at(-1)?.zxid ?? zxid('0.0'),
        log: this.log,
        configVersion: options.configVersion ?? zxid('0.0'),
        initLimit: 5,
        syncLimit: 2,
      },
      this.effects,
    );
  }

  /** What it wanted done since the last time. */
  take(): string[] {
    return this.lines.splice(0);
  }

  /** The same as far as one learner can see it. */
  takeFor(sid: number): string[] {
    const [mine, others] = [`${sid}< `, `close ${sid}: `];
    return this.take().filter((line) => line.startsWith(mine) || line.startsWith(others));
  }

  say(peer: LearnerPeer, said: Said): boolean {
    let isTaken = false;
    handOver(said, (packet) => (isTaken = this.leader.packet(peer, packet)));
    return isTaken;
  }

  /** A connection, and who is there. */
  come(sid: number, who: WhoComes = {}): LearnerPeer {
    const peer = this.leader.connected();
    this.say(peer, learnerInfo(sid, who));
    return peer;
  }

  accepted(epoch: number): void {
    this.leader.epochAccepted(epoch as DurableAcceptedEpoch);
  }

  entered(epoch: number): void {
    this.leader.epochEntered(epoch as DurableCurrentEpoch);
  }

  logged(text: string): void {
    this.leader.logged(zxid(text) as DurableZxid);
  }

  /** Up to its history, of which it has `last`. */
  introduce(sid: number, { last = '0.0', currentEpoch = 0, ...who }: Introduction = {}): LearnerPeer {
    const peer = this.come(sid, who);
    this.say(peer, ackEpoch(last, currentEpoch));
    return peer;
  }

  /** Up to the ACK of NEWLEADER. */
  follow(sid: number, epoch: number, introduction: Introduction = {}): LearnerPeer {
    const peer = this.introduce(sid, introduction);
    this.say(peer, ack(`${epoch}.0`));
    return peer;
  }

  /** With server 2 it is established, in the epoch behind the one it had accepted; what led there is forgotten. */
  establish(introduction: Introduction = {}): LearnerPeer {
    this.leader.start();
    const peer = this.come(2, introduction);
    const epoch = Number(
      this.take()
        .find((line) => line.startsWith('acceptEpoch'))!
        .split(' ')[1],
    );
    this.accepted(epoch);
    this.say(peer, ackEpoch(introduction.last ?? '0.0', introduction.currentEpoch ?? 0));
    this.entered(epoch);
    this.say(peer, ack(`${epoch}.0`));
    if (!this.take().includes(`established ${epoch}`)) throw new Error('the leader was not established');
    return peer;
  }

  propose(text: string): void {
    const whole: EntryInPlace = inPlace(entry(text));
    this.leader.propose(whole);
    whole.bytes.fill(0xee);
  }

  /** So many ticks pass; these learners answer what they are asked. */
  ticks(count: number, answering: readonly LearnerPeer[] = []): void {
    for (let half = 0; half < count * 2; half++) {
      this.leader.tick();
      for (const peer of answering) this.pong(peer);
    }
  }

  pong(peer: LearnerPeer): boolean {
    return this.say(peer, { type: PacketType.PING, zxid: zxid('0.0'), data: Buffer.alloc(4) });
  }
}
