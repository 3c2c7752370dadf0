import { BadArgumentsError } from '../client/errors.js';
import { nodeRuntime } from '../runtime/index.js';
import type { QuorumMember } from '../server/zab/quorum-config.js';
import { LocalNetwork } from './local-network.js';
import { homeOf, type TestHome } from './test-home.js';
import { TestServer, type TestMember, type TestServerOptions } from './test-server.js';

export interface StartEnsembleOptions extends TestServerOptions {
  /** Voting members: 3 by default. Of an even number one more fails the ensemble than of the odd one below. */
  readonly servers?: number;
  /** Members that serve and do not vote, after the others: none by default. */
  readonly observers?: number;
}

const SERVERS_DEFAULT = 3;
const MEMBERS_MAX = 254;
/** Each member has a host of its own: the ports can be the same. */
const QUORUM_PORT = 2888;
const ELECTION_PORT = 3888;

interface EnsembleParts {
  readonly servers: TestServer[];
  readonly home: TestHome;
  /** Where members are that are reached without sockets. */
  readonly hosts: Set<string>;
  readonly options: StartEnsembleOptions;
}

/** An ensemble in this process, for tests. Made by {@link startEnsemble}. */
export class TestEnsemble implements AsyncDisposable {
  /** By their numbers, 1 first. */
  readonly servers: readonly TestServer[];
  private readonly parts: EnsembleParts;

  private constructor(servers: readonly TestServer[], parts: EnsembleParts) {
    this.servers = servers;
    this.parts = parts;
  }

  /** @internal Use {@link startEnsemble}. */
  static async create(options: StartEnsembleOptions): Promise<TestEnsemble> {
    const members = membersOf(options);
    const home = await homeOf(options);
    const { runtime: real = nodeRuntime() } = options;
    const hosts = new Set<string>();
    const runtime = { ...real, network: new LocalNetwork({ real: real.network, timers: real.timers, hosts }) };
    const servers: TestServer[] = [];
    const ensemble = new TestEnsemble(servers, { servers, home, hosts, options: { ...options, runtime } });
    try {
      for (const { sid } of members) hosts.add(hostOf(sid));
      for (const member of members) await ensemble.join(member);
      await Promise.all(servers.map((server) => server.serving()));
    } catch (error) {
      await ensemble.close();
      throw error;
    }
    return ensemble;
  }

  /** What a client wants to hear: every member's `host:port`. */
  get connectString(): string {
    return this.servers.map(({ connectString }) => connectString).join(',');
  }

  /** Who leads; null while nobody does. */
  get leader(): TestServer | null {
    return this.servers.find(({ mode }) => mode === 'leader') ?? null;
  }

  /** A member by its number. Throws a BadArgumentsError when there is none. */
  server(sid: number): TestServer {
    const server = this.servers.find((each) => each.sid === sid);
    if (server !== undefined) return server;
    throw new BadArgumentsError({
      message: `there is no server ${sid} among the ${this.servers.length} of this ensemble`,
    });
  }

  /** Ends a session as if it had timed out. False when nobody knows it, or nobody leads. */
  expireSession(sessionId: bigint): boolean {
    return this.leader?.expireSession(sessionId) ?? false;
  }

  /**
   * Starts one server more, which knows the others and follows, whatever its role: it becomes a member when the ensemble,
   * started with the setting `reconfigEnabled`, is told of its {@link memberLine}. Resolves when it listens.
   */
  async add(role: QuorumMember['role'] = 'participant'): Promise<TestServer> {
    const { hosts } = this.parts;
    const sid = Math.max(...this.servers.map((server) => server.sid ?? 0)) + 1;
    hosts.add(hostOf(sid));
    const known = this.servers.map((server) => [server.sid ?? 0, 'participant'] as const);
    return this.join({ sid, settings: settingsOf(new Map([...known, [sid, role]])) });
  }

  /** What a reconfiguration wants to hear of a server that is to be a member. */
  memberLine(sid: number, role: QuorumMember['role'] = 'participant'): string {
    return `server.${sid}=${placeOf(sid)}:${role};${this.server(sid).connectString}`;
  }

  /** Stops all, and removes a temporary directory. */
  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
    await this.parts.home.remove();
  }

  /** `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private async join(member: TestMember): Promise<TestServer> {
    const { servers, home, options } = this.parts;
    const server = await TestServer.join(options, home, member);
    servers.push(server);
    return server;
  }
}

/**
 * Starts an ensemble in this process, and resolves when every member serves: in a fraction of a second, on free ports, without files
 * unless asked for. The members reach each other without sockets.
 * Rejects with a BadArgumentsError for options that make no ensemble, with a ConfigError that names a wrong setting, or with
 * what kept a server from starting.
 */
export function startEnsemble(options: StartEnsembleOptions = {}): Promise<TestEnsemble> {
  return TestEnsemble.create(options);
}

function membersOf({ servers = SERVERS_DEFAULT, observers = 0 }: StartEnsembleOptions): TestMember[] {
  if (!Number.isInteger(servers) || servers < 1) {
    throw new BadArgumentsError({ message: `servers is ${servers}: an ensemble has at least one voting member` });
  }
  if (!Number.isInteger(observers) || observers < 0 || servers + observers > MEMBERS_MAX) {
    throw new BadArgumentsError({
      message: `observers is ${observers}: all members together are at most ${MEMBERS_MAX}`,
    });
  }
  const sids = Array.from({ length: servers + observers }, (_, index) => index + 1);
  const settings = settingsOf(new Map(sids.map((sid) => [sid, sid > servers ? 'observer' : 'participant'])));
  return sids.map((sid) => ({ sid, settings }));
}

function settingsOf(roles: ReadonlyMap<number, QuorumMember['role']>): TestMember['settings'] {
  const settings: Record<string, string | number> = { initLimit: 10, syncLimit: 5, standaloneEnabled: 'false' };
  for (const [sid, role] of roles) settings[`server.${sid}`] = `${placeOf(sid)}:${role}`;
  return settings;
}

function placeOf(sid: number): string {
  return `${hostOf(sid)}:${QUORUM_PORT}:${ELECTION_PORT}`;
}

/** No real host has such a name (RFC 2606). */
function hostOf(sid: number): string {
  return `member-${sid}.invalid`;
}
