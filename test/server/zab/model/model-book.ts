import type { Entry } from '../../../../src/server/zab/entry.js';
import { follows } from '../../../../src/server/zab/continuity.js';
import { zxidText } from '../support/packets.js';

/** What has been promised to clients of any server so far: the history that nobody may contradict any more (4.1). */
export class ModelBook {
  readonly committed: Entry[] = [];
  private readonly proposals = new Set<string>();
  private readonly leaders = new Map<number, number>();

  get length(): number {
    return this.committed.length;
  }

  /** Whether another has been established since. */
  isDeposed(epoch: number): boolean {
    return [...this.leaders.keys()].some((later) => later > epoch);
  }

  proposedOnce({ bytes }: Entry): void {
    this.proposals.add(bytes.toString());
  }

  /** Leadership: one an epoch. Its history has everything that was committed before, and all of it is committed now. */
  established(epoch: number, sid: number, history: readonly Entry[]): void {
    const other = this.leaders.get(epoch);
    if (other !== undefined) throw new Error(`server ${other} and server ${sid} lead epoch ${epoch}`);
    this.leaders.set(epoch, sid);
    // An earlier epoch may be established late, by those who knew of no other then: it can commit nothing more.
    if (history.length < this.length && !this.isDeposed(epoch)) {
      throw new Error(`server ${sid} leads epoch ${epoch} with ${history.length} of ${this.length} committed ones`);
    }
    for (let index = 0; index < history.length; index++) this.commit(history, index);
  }

  /** Agreement and total order: at one place there is one transaction, whoever commits it. */
  commit(history: readonly Entry[], index: number): void {
    const entry = history[index]!;
    const known = this.committed[index];
    if (known !== undefined) {
      if (!same(entry, known)) throw new Error(`${name(entry)} is committed where ${name(known)} was`);
      return;
    }
    const previous = this.committed[index - 1];
    if (index !== this.length) throw new Error(`${name(entry)} is committed as number ${index} of ${this.length}`);
    if (previous !== undefined && !follows(entry.zxid, previous.zxid)) {
      throw new Error(`${name(entry)} is committed behind ${name(previous)}`);
    }
    if (!this.proposals.has(entry.bytes.toString())) throw new Error(`${name(entry)} was never proposed`);
    this.committed.push(entry);
  }

  /** Prefix consistency. */
  begins(history: readonly Entry[], count: number): boolean {
    if (count > this.length) return false;
    for (let index = 0; index < count; index++) if (!same(history[index]!, this.committed[index]!)) return false;
    return true;
  }

  /** Whether the last one that was committed is at its place. */
  endIsIn(history: readonly Entry[], count: number): boolean {
    const last = this.committed.at(-1);
    return last === undefined || (this.length <= count && same(history[this.length - 1]!, last));
  }
}

function same(a: Entry, b: Entry): boolean {
  return a === b || (a.zxid === b.zxid && a.bytes.equals(b.bytes));
}

function name({ zxid, bytes }: Entry): string {
  return `${zxidText(zxid)} (${bytes.toString()})`;
}
