import { PacketType } from '../../../../src/protocol/quorum/packet-type.js';
import type { Zxid } from '../../../../src/protocol/zxid.js';
import type {
  DurableAcceptedEpoch,
  DurableCurrentEpoch,
  DurableHistory,
  DurableZxid,
} from '../../../../src/server/zab/durable.js';
import type { LearnerEffects } from '../../../../src/server/zab/learner-effects.js';
import { Learner, type LearnerOptions } from '../../../../src/server/zab/learner.js';
import { entry, handOver, NO_ZXID, packetText, type Said, zxid, zxidText } from './packets.js';

export interface LearnerRigOptions {
  readonly isObserver?: boolean;
  readonly acceptedEpoch?: number;
  readonly currentEpoch?: number;
  readonly last?: string;
  readonly uncuttableIn?: number;
}

/** A learner whose leader and disk are the test. What it wants done is written down, a line each. */
export class LearnerRig {
  readonly learner: Learner;
  /** What it has sent, with the data. */
  readonly sent: Said[] = [];
  private lines: string[] = [];
  private readonly effects: LearnerEffects = {
    send: (type, at, data) => {
      this.sent.push({ type, zxid: at, data });
      this.lines.push(`> ${packetText(type, at)}`);
    },
    acceptEpoch: (epoch) => this.lines.push(`acceptEpoch ${epoch}`),
    truncate: (at) => this.lines.push(`truncate ${zxidText(at)}`),
    receiveSnapshot: (at) => this.lines.push(`receiveSnapshot ${zxidText(at)}`),
    accept: ({ zxid: at, bytes, start, end }) =>
      this.lines.push(`accept ${zxidText(at)} '${Buffer.from(bytes.subarray(start, end)).toString()}'`),
    commit: (upTo) => this.lines.push(`commit ${zxidText(upTo)}`),
    configProposed: (text) => this.lines.push(`configProposed '${text ?? 'null'}'`),
    activate: (at, leader) => this.lines.push(`activate ${zxidText(at)}, led by ${leader}`),
    secureHistory: () => this.lines.push('secureHistory'),
    enterEpoch: (epoch) => this.lines.push(`enterEpoch ${epoch}`),
    serve: (epoch) => this.lines.push(`serve ${epoch}`),
    syncAnswered: () => this.lines.push('syncAnswered'),
    revalidated: (session, isValid) => this.lines.push(`revalidated ${session} ${isValid}`),
    touchesWanted: (at) => this.lines.push(`touchesWanted ${zxidText(at)}`),
    abandon: (reason) => this.lines.push(`abandon: ${reason}`),
  };

  constructor(options: LearnerRigOptions = {}) {
    const { isObserver = false, acceptedEpoch = 1, currentEpoch = acceptedEpoch, last = '1.5' } = options;
    const zab: LearnerOptions = {
      sid: 2,
      isObserver,
      acceptedEpoch: acceptedEpoch as DurableAcceptedEpoch,
      currentEpoch: currentEpoch as DurableCurrentEpoch,
      lastLogged: zxid(last),
      configVersion: zxid('0.0'),
      ...(options.uncuttableIn !== undefined && { uncuttableIn: options.uncuttableIn }),
    };
    this.learner = new Learner(zab, this.effects);
  }

  take(): string[] {
    return this.lines.splice(0);
  }

  /** The leader says this. */
  hear(type: number, text?: string, data: Buffer | null = null): void {
    const at = text === undefined ? NO_ZXID : zxid(text);
    handOver({ type, zxid: at, data }, (packet) => this.learner.packet(packet));
  }

  propose(text: string): void {
    this.hear(PacketType.PROPOSAL, text, entry(text).bytes);
  }

  commit(text: string): void {
    this.hear(PacketType.COMMIT, text);
  }

  /** A part of history. */
  replay(...texts: readonly string[]): void {
    for (const text of texts) {
      this.propose(text);
      this.commit(text);
    }
  }

  accepted(epoch: number): void {
    this.learner.epochAccepted(epoch as DurableAcceptedEpoch);
  }

  secured(text: string): void {
    this.learner.historyDurable(zxid(text) as DurableHistory);
  }

  entered(epoch: number): void {
    this.learner.epochEntered(epoch as DurableCurrentEpoch);
  }

  logged(text: string): void {
    this.learner.logged(zxid(text) as DurableZxid);
  }

  /** Up to the first packet of history. */
  meet(epoch: number): void {
    this.learner.connected();
    this.hear(PacketType.LEADERINFO, `${epoch}.0`, Buffer.from([0, 1, 0, 0]));
    this.accepted(epoch);
    this.take();
  }

  /** Up to an empty DIFF. */
  join(epoch: number, last: Zxid): void {
    this.meet(epoch);
    this.hear(PacketType.DIFF, zxidText(last));
  }

  /** NEWLEADER, and all that the disk has to do. */
  takeOver(epoch: number, secured: string): void {
    this.hear(PacketType.NEWLEADER, `${epoch}.0`, Buffer.from('version=0'));
    this.secured(secured);
    this.entered(epoch);
  }

  /** Up to broadcast in epoch 2, with nothing lacking. */
  static following(options: LearnerRigOptions = {}): LearnerRig {
    const rig = new LearnerRig(options);
    const last = options.last ?? '1.5';
    rig.join(2, zxid(last));
    rig.takeOver(2, last);
    rig.hear(PacketType.UPTODATE);
    rig.take();
    return rig;
  }
}
