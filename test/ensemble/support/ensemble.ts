import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../interop/support/until.js';
import type { Ground, Place } from './ground.js';
import { LoopbackGround } from './loopback-ground.js';
import { Member } from './member.js';
import type { MemberKind } from './member-kinds.js';
import { RecordedGround } from './recorded-ground.js';
import type { ServerState } from './words.js';

export interface EnsembleOptions {
  /** What each voter is, from server 1 on. */
  readonly voters: readonly MemberKind[];
  /** And each observer, behind them. */
  readonly observers?: readonly MemberKind[];
  /** By default the bare loopback interface. */
  readonly lay?: (servers: readonly Place[]) => Promise<Ground>;
  /** Lines of zoo.cfg that replace or join the defaults. */
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  /** Where a server's data lies, if not in the ensemble's own folder. */
  readonly dataDirs?: ReadonlyMap<Place, string>;
}

const SERVING_TIMEOUT_MS = 60_000;

/** Short times, so that a test sees many of them; the logs short, so that every way of synchronisation comes up. */
const DEFAULTS = {
  tickTime: 250,
  initLimit: 40,
  syncLimit: 8,
  maxClientCnxns: 0,
  maxSessionTimeout: 60_000,
  preAllocSize: 64,
  snapCount: 2_000,
  'admin.enableServer': false,
  '4lw.commands.whitelist': '*',
};

/** Real servers of either kind on one set of places and data directories. */
export class Ensemble {
  readonly members: readonly Member[];
  readonly ground: RecordedGround;
  private readonly home: string;

  private constructor(parts: { members: readonly Member[]; ground: RecordedGround; home: string }) {
    this.members = parts.members;
    this.ground = parts.ground;
    this.home = parts.home;
  }

  /** Everything is laid out; no process runs yet. */
  static async prepare(options: EnsembleOptions): Promise<Ensemble> {
    const { voters, observers = [] } = options;
    const kinds = [...voters, ...observers];
    const sids = kinds.map((_, index) => index + 1);
    const lay = options.lay ?? ((servers: readonly Place[]) => LoopbackGround.lay(servers));
    const ground = new RecordedGround(await lay(sids));
    const home = mkdtempSync(join(tmpdir(), 'pinfold-ensemble-'));
    const members = kinds.map((kind, index) => {
      const sid = index + 1;
      const own = ground.address(sid, sid);
      const isObserver = index >= voters.length;
      const lines = sids.map((other) => {
        const { host, quorum, election } = ground.address(other, sid);
        return [`server.${other}`, `${host}:${quorum}:${election}${other > voters.length ? ':observer' : ''}`];
      });
      const dataDir = options.dataDirs?.get(sid);
      return new Member({
        sid,
        kind,
        ground,
        home: join(home, `server-${sid}`),
        ...(dataDir !== undefined && { dataDir }),
        config: {
          ...DEFAULTS,
          clientPort: own.client,
          clientPortAddress: own.host,
          ...(isObserver && { peerType: 'observer' }),
          ...options.config,
          ...(Object.fromEntries(lines) as Record<string, string>),
        },
      });
    });
    return new Ensemble({ members, ground, home });
  }

  static async start(options: EnsembleOptions): Promise<Ensemble> {
    const ensemble = await Ensemble.prepare(options);
    try {
      for (const member of ensemble.members) member.start();
      await ensemble.serving();
      return ensemble;
    } catch (error) {
      const said = ensemble.describe();
      await ensemble.discard();
      throw new Error(`the ensemble did not start: ${said}`, { cause: error });
    }
  }

  get connectString(): string {
    return this.members.map(({ connectString }) => connectString).join();
  }

  member(sid: number): Member {
    const member = this.members.find((each) => each.sid === sid);
    if (member === undefined) throw new RangeError(`there is no server ${sid}`);
    return member;
  }

  async states(): Promise<Map<Member, ServerState | null>> {
    return new Map(await Promise.all(this.members.map(async (each) => [each, await each.state()] as const)));
  }

  /** Who says that it leads. Of two who say so, as happens for a moment, the one that has got further. */
  async leaderNow(): Promise<Member | null> {
    const leaders = [...(await this.states())].filter(([, state]) => state?.mode === 'leader');
    leaders.sort(([, a], [, b]) => (b?.zxid ?? 0) - (a?.zxid ?? 0));
    return leaders[0]?.[0] ?? null;
  }

  leader(): Promise<Member> {
    return until(async () => (await this.leaderNow()) ?? undefined, {
      what: 'somebody leads',
      timeoutMs: SERVING_TIMEOUT_MS,
    });
  }

  /** Resolves when one leads and all others that run follow or observe. */
  async serving(): Promise<Member> {
    const leader = until(
      async () => {
        const states = [...(await this.states())].filter(([member]) => member.isRunning);
        const leaders = states.filter(([, state]) => state?.mode === 'leader');
        const learners = states.filter(([, state]) => state?.mode === 'follower' || state?.mode === 'observer');
        return leaders.length === 1 && leaders.length + learners.length === states.length ? leaders[0]?.[0] : undefined;
      },
      { what: 'all servers that run serve', timeoutMs: SERVING_TIMEOUT_MS },
    );
    return leader.catch((error: unknown) => {
      throw new Error(this.describe(), { cause: error });
    });
  }

  describe(): string {
    return this.members.map((member) => member.describe()).join('\n');
  }

  /** Ends everything as it is and removes it. */
  async discard(): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
    await this.ground.close();
    rmSync(this.home, { recursive: true, force: true });
  }
}
