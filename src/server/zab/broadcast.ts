import { PacketType } from '../../protocol/quorum/packet-type.js';
import { counterOf, type Zxid } from '../../protocol/zxid.js';
import type { CommittedLog } from './committed-log.js';
import type { CommittedZxid } from './durable.js';
import { copyOf, type Entry, type EntryInPlace } from './entry.js';
import type { LeaderEffects } from './leader-effects.js';
import type { LearnerPeer } from './learner-peer.js';
import type { Quorums } from './quorums.js';

export interface BroadcastOptions {
  readonly sid: number;
  readonly quorums: Quorums;
  readonly log: CommittedLog;
  readonly peers: ReadonlySet<LearnerPeer>;
  readonly lastLogged: Zxid;
}

/** What a leader has proposed, who has it, and what that commits: in the order of zxids, without a gap (3.9). */
export class Broadcast {
  private readonly options: BroadcastOptions;
  private readonly effects: LeaderEffects;
  /** Proposed, not committed; the first {@link first} are gone. */
  private outstanding: Entry[] = [];
  private first = 0;
  private committed: Zxid;
  private txn: Zxid;
  private proposed: Zxid;
  /** What each server that acknowledges has on its device: each configuration counts its participants. */
  private readonly ackedBy = new Map<number, Zxid>();
  private hasNews = false;

  constructor(options: BroadcastOptions, effects: LeaderEffects) {
    this.options = options;
    this.effects = effects;
    this.committed = options.lastLogged;
    this.txn = options.lastLogged;
    this.proposed = options.lastLogged;
    this.ackedBy.set(options.sid, options.lastLogged);
  }

  /** As far as everything is applied: a transaction, or the beginning of the epoch. */
  get lastCommitted(): Zxid {
    return this.committed;
  }

  /** The last transaction that is applied. */
  get lastTxn(): Zxid {
    return this.txn;
  }

  get lastProposed(): Zxid {
    return this.proposed;
  }

  get outstandingCount(): number {
    return this.outstanding.length - this.first;
  }

  /** The leader is established: this is where its own transactions begin (ZOOKEEPER-790). */
  begin(epochStart: Zxid): void {
    this.committed = epochStart;
    this.proposed = epochStart;
  }

  propose(entry: EntryInPlace): void {
    const { zxid } = entry;
    if (zxid !== this.proposed + 1)
      throw new Error(`0x${zxid.toString(16)} proposed behind 0x${this.proposed.toString(16)}`);
    this.proposed = zxid;
    this.outstanding.push(copyOf(entry));
    for (const peer of this.options.peers) {
      if (peer.isForwardedTo && !peer.isObserver) this.effects.sendEntry(peer, PacketType.PROPOSAL, entry);
    }
    this.effects.persist(entry);
  }

  /** What is under way when a learner gets the history: it has to have it, too, or could never commit it. */
  catchUp(peer: LearnerPeer, position: Zxid): void {
    if (peer.isObserver) return;
    for (let i = this.first; i < this.outstanding.length; i++) {
      const { zxid, bytes } = this.outstanding[i]!;
      if (zxid <= position) continue;
      this.effects.sendEntry(peer, PacketType.PROPOSAL, { zxid, bytes, start: 0, end: bytes.length });
    }
  }

  /** This server has everything up to there; {@link advance} sees what follows from it. */
  acked(sid: number, zxid: Zxid): void {
    if (zxid <= (this.ackedBy.get(sid) ?? -1)) return;
    this.ackedBy.set(sid, zxid);
    this.hasNews = true;
  }

  /** Nothing is known any more of what this server has. */
  forget(sid: number): void {
    this.ackedBy.delete(sid);
  }

  advance(): void {
    if (!this.hasNews) return;
    this.hasNews = false;
    const bound = this.outstandingCount === 0 ? this.committed : this.options.quorums.bound(this.ackedBy);
    const before = this.committed;
    for (let next = this.outstanding[this.first]; next !== undefined; next = this.outstanding[this.first]) {
      if (next.zxid > bound) break;
      this.commit(next);
    }
    if (this.first > 0) this.dropCommitted();
    if (this.committed > before) this.effects.commit(this.committed as CommittedZxid);
  }

  uncommitted(): readonly Entry[] {
    return this.outstanding.slice(this.first);
  }

  private commit(entry: Entry): void {
    const { zxid, bytes } = entry;
    if (counterOf(zxid) === 0) throw new Error('the beginning of an epoch is no transaction');
    this.first++;
    this.committed = zxid;
    this.txn = zxid;
    this.options.log.add(entry);
    for (const peer of this.options.peers) {
      if (!peer.isForwardedTo) continue;
      if (!peer.isObserver) this.effects.send(peer, PacketType.COMMIT, zxid, null);
      else this.effects.sendEntry(peer, PacketType.INFORM, { zxid, bytes, start: 0, end: bytes.length });
    }
  }

  private dropCommitted(): void {
    this.outstanding = this.first === this.outstanding.length ? [] : this.outstanding.slice(this.first);
    this.first = 0;
  }
}
