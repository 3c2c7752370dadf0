import { epochOf, ZXID_NONE, type Zxid } from '../../../../src/protocol/zxid.js';
import type { Entry } from '../../../../src/server/zab/entry.js';
import type { SeededRandom } from '../../../support/seeded-random.js';
import { zxidText } from '../support/packets.js';

/** A server's files: its whole history, of which a crash leaves what was synced, and perhaps some more. */
export class ModelDisk {
  history: Entry[] = [];
  durableCount = 0;
  accepted = 0;
  /** Of a snapshot that was installed: where no transaction follows it is the end of the history. */
  private floor: Zxid = ZXID_NONE;
  private currentFile = 0;

  get last(): Zxid {
    return Math.max(this.history.at(-1)?.zxid ?? 0, this.floor) as Zxid;
  }

  get lastDurable(): Zxid {
    return Math.max(this.history[this.durableCount - 1]?.zxid ?? 0, this.floor) as Zxid;
  }

  /** The file is announced to be of the epoch of a record before that is written. */
  get current(): number {
    return Math.max(this.currentFile, epochOf(this.last));
  }

  /** `committed`: so many of the history are known to be. */
  enter(epoch: number, committed: number): void {
    if (this.durableCount < committed) throw new Error('an epoch is entered before its history is durable');
    this.currentFile = epoch;
  }

  append(entry: Entry): void {
    this.history.push(entry);
  }

  indexOf(zxid: Zxid): number {
    return this.history.findIndex((entry) => entry.zxid === zxid);
  }

  /** False: only a snapshot of something later is there. */
  truncate(zxid: Zxid): boolean {
    const at = this.indexOf(zxid);
    if (zxid < this.floor) return false;
    if (at === -1) throw new Error(`cannot be cut at ${zxidText(zxid)}`);
    if (epochOf(zxid) !== epochOf(this.last)) throw new Error(`was to be cut at ${zxidText(zxid)}, across epochs`);
    this.history = this.history.slice(0, at + 1);
    this.durableCount = this.history.length;
    return true;
  }

  install(history: readonly Entry[], zxid: Zxid): void {
    this.history = [...history];
    this.durableCount = history.length;
    this.floor = zxid;
  }

  crash(random: SeededRandom): void {
    const kept = this.durableCount + random.below(this.history.length - this.durableCount + 1);
    this.history = this.history.slice(0, kept);
    this.durableCount = kept;
  }

  /** What is behind `after`, which has to be in the log; null when it is not. */
  read(after: Zxid, upTo: Zxid): Entry[] | null {
    const from = after === ZXID_NONE ? 0 : this.indexOf(after) + 1;
    if ((from === 0 && after !== ZXID_NONE) || after < this.floor) return null;
    return this.history.slice(from).filter(({ zxid }) => zxid <= upTo);
  }
}
