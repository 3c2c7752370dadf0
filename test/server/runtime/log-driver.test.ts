import { describe, expect, it } from 'vitest';
import { OpCode } from '../../../src/protocol/op-codes.js';
import type { Zxid } from '../../../src/protocol/zxid.js';
import type { DurableZxid } from '../../../src/server/zab/durable.js';
import { LogDriver } from '../../../src/server/runtime/log-driver.js';

/** Groups of one write without company, after which syncs are inline. */
const WARM_UP = 30;

/** A log that is told when its groups are done, and everything that happens, in order. */
class Rig {
  readonly seen: string[] = [];
  readonly turnEnds: (() => void)[] = [];
  readonly driver: LogDriver;
  /** A group takes so long, inline or not. */
  syncMs = 0.1;
  canCommitAtOnce = true;
  /** Called while a group is delivered. */
  onDeliver: (zxid: number) => void = () => undefined;
  private zxid = 0;
  private nowMs = 1000;
  private readonly commits: { upTo: number; resolve: (zxid: DurableZxid) => void; reject: () => void }[] = [];

  constructor() {
    const never = (): never => {
      throw new Error('no timer is asked for');
    };
    this.driver = new LogDriver({
      log: {
        append: ({ zxid }) => void (this.zxid = zxid),
        appendEntry: ({ zxid }) => void (this.zxid = zxid),
        commit: () => {
          this.see(`pool ${this.zxid}`);
          return new Promise((resolve, reject) => void this.commits.push({ upTo: this.zxid, resolve, reject }));
        },
        commitAtOnce: () => {
          if (!this.canCommitAtOnce) return null;
          this.see(`inline ${this.zxid}`);
          this.nowMs += this.syncMs;
          return this.zxid as DurableZxid;
        },
      },
      timers: { after: never, afterUnref: never, atTurnEnd: (fn) => void this.turnEnds.push(fn) },
      clock: { monotonicMs: () => this.nowMs, wallMs: never },
      outbox: {
        flush: () => this.see('flush'),
        hold: () => this.see('hold'),
        release: (atOnce) => this.see(`release ${atOnce}`),
      },
      deliver: (zxid) => {
        this.see(`deliver ${zxid}`);
        this.onDeliver(zxid);
      },
    });
  }

  write(): void {
    this.driver.requested();
    const header = { clientId: 1n, cxid: 1, zxid: (this.zxid + 1) as Zxid, timeMs: 0, type: OpCode.delete };
    this.driver.append(header, { type: OpCode.delete, path: '/a' }, null);
  }

  endTurn(): void {
    for (const fn of this.turnEnds.splice(0)) fn();
  }

  async poolIsDone(): Promise<void> {
    const commit = this.commits.shift();
    this.nowMs += this.syncMs;
    commit?.resolve(commit.upTo as DurableZxid);
    await Promise.resolve();
  }

  async poolFails(): Promise<void> {
    this.commits.shift()?.reject();
    await Promise.resolve();
    await Promise.resolve();
  }

  /** Until groups are synced inline. */
  async warmUp(): Promise<void> {
    for (let i = 0; i < WARM_UP; i++) {
      this.write();
      this.endTurn();
      await this.poolIsDone();
    }
    this.seen.length = 0;
  }

  /** What happened since it was last asked. */
  news(): string[] {
    return this.seen.splice(0);
  }

  private see(what: string): void {
    this.seen.push(what);
  }
}

describe('LogDriver', () => {
  it('commits what a turn has brought when the turn ends, and the next group while it is delivered', async () => {
    const rig = new Rig();
    rig.write();
    rig.write();
    expect(rig.news()).toEqual([]);
    rig.endTurn();
    rig.write();
    rig.endTurn();
    expect(rig.news()).toEqual(['pool 2']);
    await rig.poolIsDone();
    expect(rig.news()).toEqual(['pool 3', 'deliver 2']);
    await rig.poolIsDone();
    expect(rig.news()).toEqual(['deliver 3']);
  });

  it('once nobody else is held up syncs inline: what others are owed goes out before, the answers right after', async () => {
    const rig = new Rig();
    await rig.warmUp();
    rig.write();
    rig.endTurn();
    const first = WARM_UP + 1;
    expect(rig.news()).toEqual(['flush', 'hold', `inline ${first}`, `deliver ${first}`, 'release true']);
  });

  it('commits what is written while a group is delivered inline', async () => {
    const rig = new Rig();
    await rig.warmUp();
    rig.onDeliver = () => {
      rig.onDeliver = () => undefined;
      rig.write();
    };
    rig.write();
    rig.endTurn();
    expect(rig.news()).toContain(`deliver ${WARM_UP + 1}`);
    rig.endTurn();
    expect(rig.news()).toContain(`deliver ${WARM_UP + 2}`);
    expect(rig.turnEnds).toHaveLength(0);
  });

  it('goes to the pool when the log cannot do it inline', async () => {
    const rig = new Rig();
    await rig.warmUp();
    rig.canCommitAtOnce = false;
    rig.write();
    rig.endTurn();
    expect(rig.news()).toEqual(['flush', 'hold', 'release true', `pool ${WARM_UP + 1}`]);
    rig.canCommitAtOnce = true;
    rig.write();
    await rig.poolIsDone();
    // The group that is done is not held up by the one that follows.
    expect(rig.news()).toEqual([`deliver ${WARM_UP + 1}`]);
    rig.endTurn();
    expect(rig.news()).toContain(`inline ${WARM_UP + 2}`);
  });

  it('goes back to the pool after a sync that took long', async () => {
    const rig = new Rig();
    await rig.warmUp();
    rig.syncMs = 3;
    rig.write();
    rig.endTurn();
    expect(rig.news()).toContain(`inline ${WARM_UP + 1}`);
    rig.write();
    rig.driver.commitAtOnce();
    rig.endTurn();
    expect(rig.news()).toEqual([`pool ${WARM_UP + 2}`]);
  });

  it('for who is alone does not wait for the end of the turn', () => {
    const rig = new Rig();
    rig.driver.commitAtOnce();
    rig.write();
    rig.driver.commitAtOnce();
    expect(rig.news()).toEqual(['inline 1', 'deliver 1']);
    rig.endTurn();
    expect(rig.news()).toEqual([]);
  });

  it('of a leader waits inline for no single write: it is sent to the others, then synced in the pool', async () => {
    const rig = new Rig();
    await rig.warmUp();
    rig.driver.lead();
    rig.write();
    rig.driver.commitAtOnce();
    expect(rig.news()).toEqual([]);
    rig.endTurn();
    expect(rig.news()).toEqual(['flush', `pool ${WARM_UP + 1}`]);
  });

  it('of a leader waits inline for several writes at once', async () => {
    const rig = new Rig();
    await rig.warmUp();
    rig.driver.lead();
    for (let group = 0; group < 10; group++) {
      for (let i = 0; i < 3; i++) rig.write();
      rig.endTurn();
      await rig.poolIsDone();
    }
    rig.news();
    for (let i = 0; i < 3; i++) rig.write();
    rig.endTurn();
    expect(rig.news()).toEqual(['flush', 'hold', expect.stringMatching(/^inline/), expect.anything(), 'release true']);
  });

  it('is drained when everything was delivered, and when nothing ever will be', async () => {
    const rig = new Rig();
    const told: string[] = [];
    const tell = (name: string): void => void rig.driver.drained().then(() => told.push(name));
    tell('idle');
    await Promise.resolve();
    expect(told).toEqual(['idle']);
    await rig.warmUp();
    rig.write();
    tell('inline');
    await Promise.resolve();
    expect(told).toEqual(['idle']);
    rig.endTurn();
    await Promise.resolve();
    expect(told).toEqual(['idle', 'inline']);
    rig.canCommitAtOnce = false;
    rig.write();
    tell('failed');
    rig.endTurn();
    rig.news();
    await rig.poolFails();
    expect(told).toEqual(['idle', 'inline', 'failed']);
    rig.write();
    expect([rig.turnEnds.length, rig.news()]).toEqual([0, []]);
  });
});
