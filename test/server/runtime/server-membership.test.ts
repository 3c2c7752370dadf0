import { describe, expect, it } from 'vitest';
import type { EnsembleConfig } from '../../../src/server/config/ensemble-config.js';
import { HeldLog } from '../../../src/server/runtime/held-log.js';
import { ServerMembership } from '../../../src/server/runtime/server-membership.js';
import { QuorumConfig } from '../../../src/server/zab/quorum-config.js';
import { entry, inPlace, zxidText } from '../zab/support/packets.js';

const text = (version: string, ...sids: number[]) =>
  [...sids.map((sid) => `server.${String(sid)}=h${String(sid)}:1:2:participant;3`), `version=${version}`].join('\n');
const config = (version: string, ...sids: number[]) => QuorumConfig.parse(text(version, ...sids));
const initial = config('0', 1, 2, 3);

/** A device that takes as long as the test says. */
class SlowStore {
  readonly asked: string[] = [];
  private readonly pending: { resolve(): void; reject(error: Error): void }[] = [];

  readonly proposed = (members: QuorumConfig) => this.ask(`proposed ${members.version.toString(16)}`);
  readonly activated = (members: QuorumConfig) => this.ask(`activated ${members.version.toString(16)}`);
  readonly withdrawn = () => this.ask('withdrawn');

  async done(): Promise<void> {
    await this.turn();
    this.pending.shift()!.resolve();
    await this.turn();
  }

  async fail(): Promise<void> {
    await this.turn();
    this.pending.shift()!.reject(new Error('no space left'));
    await this.turn();
  }

  private ask(what: string): Promise<void> {
    this.asked.push(what);
    return new Promise((resolve, reject) => this.pending.push({ resolve, reject }));
  }

  private async turn(): Promise<void> {
    await new Promise((resolve) => void setImmediate(resolve));
  }
}

function membership(options: { reconfigEnabled?: boolean; current?: QuorumConfig; lastSeen?: QuorumConfig } = {}) {
  const { reconfigEnabled = true, current = initial, lastSeen = current } = options;
  const store = new SlowStore();
  const failures: string[] = [];
  const members = new ServerMembership({ reconfigEnabled, membership: current, lastSeen } as EnsembleConfig, {
    store,
    failed: (error) => failures.push(String(error)),
  });
  const versions = () => [members.current, members.lastSeen].map(({ version }) => version.toString(16));
  return { store, failures, members, versions };
}

describe('the members that a server knows', () => {
  it('are proposed, then in force, and kept in that order', async () => {
    const { store, members, versions } = membership({ current: config('100000000', 1, 2, 3) });
    members.proposed(config('100000005', 1, 2));
    expect(versions()).toEqual(['100000000', '100000005']);
    expect(members.activate(0x1_0000_0004 as never)).toBe(false);
    expect(members.activate(0x1_0000_0005 as never)).toBe(true);
    expect(versions()).toEqual(['100000005', '100000005']);
    expect(members.isSettled).toBe(false);
    await store.done();
    await store.done();
    expect(store.asked).toEqual(['proposed 100000005', 'activated 100000005']);
    expect(members.isSettled).toBe(true);
    expect(members.activate(0x1_0000_0005 as never)).toBe(false);
  });

  it('get their first version from the first leader, and none from later ones', () => {
    const { members, versions } = membership();
    members.first(3);
    expect(versions()).toEqual(['0', '300000000']);
    members.first(4);
    expect(members.activateLastSeen()).toBe(0x3_0000_0000);
    members.first(5);
    expect(versions()).toEqual(['300000000', '300000000']);
    expect(members.toPropose().toString()).toMatch(/version=300000000$/);
  });

  it('are what NEWLEADER tells, which takes the place of any other proposal, and hold from UPTODATE on', async () => {
    const { store, members, versions } = membership({
      current: config('100000000', 1, 2, 3),
      lastSeen: config('100000007', 3, 4, 5),
    });
    members.adopt(text('100000000', 1, 2, 3));
    expect(versions()).toEqual(['100000000', '100000000']);
    members.adopt(text('200000000', 1, 2));
    members.activateAdopted(() => false);
    expect(versions()).toEqual(['200000000', '200000000']);
    for (const _ of [1, 2, 3]) await store.done();
    expect(store.asked).toEqual(['withdrawn', 'proposed 200000000', 'activated 200000000']);
  });

  it('do not hold from UPTODATE on where their own transaction is not committed', () => {
    const { members, versions } = membership({ current: config('100000000', 1, 2, 3) });
    members.adopt(text('100000007', 1, 2));
    members.activateAdopted((version) => version === 0x1_0000_0007);
    expect(versions()).toEqual(['100000000', '100000007']);
  });

  it('are not what an older leader tells', () => {
    const { members, versions } = membership({ current: config('200000000', 1, 2, 3) });
    members.adopt(text('100000007', 1, 2));
    members.activateAdopted(() => false);
    expect(versions()).toEqual(['200000000', '200000000']);
    expect(() => members.adopt('nonsense')).toThrow('this is no list of members');
  });

  it('never change where they are fixed (4.15, ZOOKEEPER-3829)', () => {
    const { store, members, versions } = membership({ reconfigEnabled: false });
    members.first(1);
    members.proposed(config('100000005', 1));
    members.adopt(text('100000005', 1));
    members.activateAdopted(() => false);
    members.activateLastSeen();
    expect(members.committed(config('100000005', 1))).toBe(false);
    expect(members.activate(0x1_0000_0005 as never)).toBe(false);
    expect(versions()).toEqual(['0', '0']);
    expect([store.asked, members.isSettled]).toEqual([[], true]);
  });
});

describe('a transaction that proposes members', () => {
  const logOn = (members: ServerMembership) => {
    const logged: string[] = [];
    return { logged, log: new HeldLog(members, ({ zxid }) => logged.push(zxidText(zxid))) };
  };

  it('comes to the log after them, and before what comes behind', async () => {
    const { store, members } = membership({ current: config('100000000', 1, 2, 3) });
    const { log, logged } = logOn(members);
    log.put(inPlace(entry('1.4')));
    members.proposed(config('100000005', 1, 2));
    log.put(inPlace(entry('1.5')));
    log.put(inPlace(entry('1.6')));
    expect(logged).toEqual(['1.4']);
    // It is committed elsewhere before this server's device has it.
    members.activate(0x1_0000_0005 as never);
    await store.done();
    expect(logged).toEqual(['1.4']);
    await store.done();
    await log.released();
    expect(logged).toEqual(['1.4', '1.5', '1.6']);
    log.put(inPlace(entry('1.7')));
    expect(logged.at(-1)).toBe('1.7');
  });

  it('never comes to the log when they cannot be kept: it will not be acknowledged', async () => {
    const { store, members, failures } = membership({ current: config('100000000', 1, 2, 3) });
    const { log, logged } = logOn(members);
    members.proposed(config('100000005', 1, 2));
    log.put(inPlace(entry('1.5')));
    await store.fail();
    await log.released();
    log.put(inPlace(entry('1.6')));
    await log.released();
    expect(logged).toEqual([]);
    expect(failures).toEqual(['Error: no space left']);
    expect(await members.settled()).toBe(false);
  });
});
