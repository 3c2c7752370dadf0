import { PacketType } from '../../protocol/quorum/packet-type.js';
import { counterOf, ZXID_NONE, type Zxid } from '../../protocol/zxid.js';
import type { CommittedLog } from './committed-log.js';
import type { CommittedZxid } from './durable.js';
import { EntryBlocks } from './entry-blocks.js';
import type { Entry, EntryInPlace } from './entry.js';
import type { LeaderEffects } from './leader-effects.js';
import type { LearnerPeer } from './learner-peer.js';
import type { QuorumVerifier } from './quorum-verifier.js';
import type { Quorums } from './quorums.js';

export interface BroadcastOptions {
  readonly sid: number;
  readonly quorums: Quorums;
  readonly log: CommittedLog;
  readonly peers: ReadonlySet<LearnerPeer>;
  readonly lastLogged: Zxid;
}

/** A proposal that changes the members. */
export interface Reconfiguration {
  /** Of the new members. */
  readonly verifier: QuorumVerifier;
  /** The leader votes among them, and is found where it was. */
  readonly keepsLeader: boolean;
}

/** What a leader has proposed, who has it, and what that commits: in the order of zxids, without a gap (3.9). */
export class Broadcast {
  private readonly options: BroadcastOptions;
  private readonly effects: LeaderEffects;
  private readonly blocks = new EntryBlocks();
  /** Proposed, not committed; the first {@link first} are gone. */
  private outstanding: Entry[] = [];
  private first = 0;
  private committed: Zxid;
  private txn: Zxid;
  private proposed: Zxid;
  /** What each server that acknowledges has on its device: each configuration counts its participants. */
  private readonly ackedBy = new Map<number, Zxid>();
  private hasNews = false;
  /** Proposed and not committed; there is never another one. */
  private change: (Reconfiguration & { readonly zxid: Zxid }) | null = null;
  private successor: number;

  constructor(options: BroadcastOptions, effects: LeaderEffects) {
    this.options = options;
    this.effects = effects;
    this.committed = options.lastLogged;
    this.txn = options.lastLogged;
    this.proposed = options.lastLogged;
    this.ackedBy.set(options.sid, options.lastLogged);
    this.successor = options.sid;
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

  /** Who leads from here on: another server than this one once a reconfiguration was committed that says so. */
  get designatedLeader(): number {
    return this.successor;
  }

  /** The reconfiguration that is under way; ZXID_NONE when none is. */
  get pendingChange(): Zxid {
    return this.change?.zxid ?? ZXID_NONE;
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
    this.outstanding.push(this.blocks.keep(entry));
    for (const peer of this.options.peers) {
      if (peer.isForwardedTo && !peer.isObserver) this.effects.sendEntry(peer, PacketType.PROPOSAL, entry);
    }
    this.effects.persist(entry);
  }

  /** From this proposal on, the new members have to agree, too. */
  reconfigure(entry: EntryInPlace, change: Reconfiguration): void {
    const { zxid } = entry;
    if (this.change !== null) throw new Error(`0x${zxid.toString(16)} would be a second reconfiguration at a time`);
    this.change = { ...change, zxid };
    this.options.quorums.propose(change.verifier, zxid);
    this.propose(entry);
  }

  /** A learner gets what it lacks of the history up to `position`, and what is under way: it could never commit it, else. */
  catchUp(peer: LearnerPeer, missing: readonly Entry[], position: Zxid): void {
    // What it had acknowledged before it may be about to cut (4.6): it has to be heard again.
    this.ackedBy.delete(peer.sid);
    peer.acked = position;
    peer.upToDateAfter = this.pendingChange;
    for (const entry of missing) {
      this.effects.sendEntry(peer, PacketType.PROPOSAL, entry);
      this.effects.send(peer, PacketType.COMMIT, entry.zxid, null);
    }
    if (peer.isObserver) return;
    for (let i = this.first; i < this.outstanding.length; i++) {
      const entry = this.outstanding[i]!;
      if (entry.zxid <= position) continue;
      this.effects.sendEntry(peer, PacketType.PROPOSAL, entry);
    }
  }

  /** This server has everything up to there; {@link advance} sees what follows from it. */
  acked(sid: number, zxid: Zxid): void {
    if (zxid <= (this.ackedBy.get(sid) ?? -1)) return;
    this.ackedBy.set(sid, zxid);
    this.hasNews = true;
  }

  advance(): void {
    if (!this.hasNews) return;
    this.hasNews = false;
    let bound = this.bound();
    const before = this.committed;
    for (let next = this.outstanding[this.first]; next !== undefined; next = this.outstanding[this.first]) {
      if (next.zxid > bound) break;
      if (next.zxid !== this.change?.zxid) {
        this.commit(next);
        continue;
      }
      this.commitChange(next, this.change);
      // Whoever leads from here on commits what comes behind.
      bound = this.successor === this.options.sid ? this.bound() : next.zxid;
    }
    if (this.first > 0) this.dropCommitted();
    if (this.committed > before) this.effects.commit(this.committed as CommittedZxid);
  }

  uncommitted(): readonly Entry[] {
    return this.outstanding.slice(this.first);
  }

  private bound(): Zxid {
    return this.outstandingCount === 0 ? this.committed : this.options.quorums.bound(this.ackedBy);
  }

  private commitChange(entry: Entry, change: Reconfiguration & { readonly zxid: Zxid }): void {
    this.change = null;
    this.successor = this.designate(change);
    this.options.quorums.activate();
    this.committedNext(entry);
    for (const peer of this.options.peers) {
      if (peer.isForwardedTo) this.effects.sendActivation(peer, entry, this.successor);
    }
    this.effects.activate(entry.zxid, this.successor);
  }

  /** This server, if it can go on; else, of the new voters that have the change, one that has most of what comes behind. */
  private designate({ zxid, verifier, keepsLeader }: Reconfiguration & { readonly zxid: Zxid }): number {
    const { sid: own, peers } = this.options;
    if (keepsLeader) return own;
    const connected = new Set([...peers].map(({ sid }) => sid));
    const candidates = [...this.ackedBy].filter(
      ([sid, acked]) => sid !== own && acked >= zxid && verifier.isParticipant(sid) && verifier.weightOf(sid) > 0,
    );
    candidates.sort(
      ([a, ackedA], [b, ackedB]) => Number(connected.has(b)) - Number(connected.has(a)) || ackedB - ackedA || a - b,
    );
    return candidates[0]?.[0] ?? own;
  }

  private committedNext(entry: Entry): void {
    const { zxid } = entry;
    if (counterOf(zxid) === 0) throw new Error('the beginning of an epoch is no transaction');
    this.first++;
    this.committed = zxid;
    this.txn = zxid;
    this.options.log.add(entry);
  }

  private commit(entry: Entry): void {
    const { zxid } = entry;
    this.committedNext(entry);
    for (const peer of this.options.peers) {
      if (!peer.isForwardedTo) continue;
      if (!peer.isObserver) this.effects.send(peer, PacketType.COMMIT, zxid, null);
      else this.effects.sendEntry(peer, PacketType.INFORM, entry);
    }
  }

  private dropCommitted(): void {
    this.outstanding = this.first === this.outstanding.length ? [] : this.outstanding.slice(this.first);
    this.first = 0;
  }
}
