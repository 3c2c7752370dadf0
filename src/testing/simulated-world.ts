import { Client } from '../client/client.js';
import type { ClientOptions } from '../client/client-options.js';
import { BadArgumentsError } from '../client/errors.js';
import type { Random } from '../runtime/index.js';
import { calmEnsemble } from './sim/calm-ensemble.js';
import type { Fleet } from './sim/fleet.js';
import type { ServerHost } from './sim/server-host.js';
import type { SimHost } from './sim/world.js';
import { World } from './sim/world.js';
import { SimulatedServer } from './simulated-server.js';
import { SimulationError } from './simulation-error.js';

/** How a simulated world is. */
export interface SimulatedWorldOptions {
  /** Decides whatever is left to chance: latencies, jitter, ids. One seed is one history. Default 1. */
  readonly seed?: number;
  /** How many servers; 1 to 7, default 3. */
  readonly servers?: number;
  /** Unit of session expiry and of the servers' patience with each other, ms. Default 200. */
  readonly tickTimeMs?: number;
  /** One way between any two, ms: most take little more than `minMs`. Default 0.5 to 5. */
  readonly latency?: { readonly minMs: number; readonly maxMs: number };
  /** A program that has not ended after so much virtual time never will. Default 3,600,000: an hour. */
  readonly virtualTimeMaxMs?: number;
}

/** Whom something can befall: a server, or the process of a client. */
export type SimulatedMember = SimulatedServer | Client;

const DEFAULTS = { seed: 1, servers: 3, tickTimeMs: 200, virtualTimeMaxMs: 3_600_000 };
const LATENCY = { minMs: 0.5, maxMs: 5 };
const SERVERS_MAX = 7;
/** How often {@link SimulatedWorld.until} looks, ms. */
const LOOK_MS = 5;
const UNTIL_MAX_MS = 60_000;

/**
 * Servers, clients and the network between them, for one program. Times are virtual: they pass only while the program waits,
 * and cost nothing. Made by `simulate`.
 */
export class SimulatedWorld {
  readonly seed: number;
  readonly servers: readonly SimulatedServer[];
  private readonly world: World;
  private readonly fleet: Fleet;
  private readonly hosts = new Map<SimulatedMember, SimHost | ServerHost>();
  private readonly virtualTimeMaxMs: number;
  private brokenPromise: string | null = null;
  private clients = 0;

  private constructor(options: SimulatedWorldOptions) {
    const { seed, servers, tickTimeMs, virtualTimeMaxMs } = { ...DEFAULTS, ...options };
    if (!Number.isInteger(servers) || servers < 1 || servers > SERVERS_MAX) {
      throw new BadArgumentsError({
        message: `servers is ${servers}; it must be a whole number from 1 to ${SERVERS_MAX}`,
      });
    }
    const { minMs, maxMs } = options.latency ?? LATENCY;
    this.seed = seed;
    this.virtualTimeMaxMs = virtualTimeMaxMs;
    this.world = new World({ seed, turnMs: 0.25, weather: weatherOf(minMs, maxMs), observe: () => undefined });
    this.fleet = calmEnsemble({
      world: this.world,
      servers,
      tickTimeMs,
      violated: (rule, message) => (this.brokenPromise ??= `${rule}: ${message}`),
    });
    this.servers = this.fleet.hosts.map((host) => {
      const server = new SimulatedServer(host, this.fleet);
      this.hosts.set(server, host);
      return server;
    });
  }

  /** @internal See `simulate`. */
  static async play<Result>(
    program: (world: SimulatedWorld) => Promise<Result>,
    options: SimulatedWorldOptions,
  ): Promise<Result> {
    const world = new SimulatedWorld(options);
    return world.run(async () => {
      world.fleet.start();
      await world.until(() => world.servers.every(({ isServing }) => isServing));
      return program(world);
    });
  }

  /** Virtual time since the world began, ms. */
  get nowMs(): number {
    return this.world.clock.nowMs;
  }

  /** Chance that the seed determines, for the program's own decisions. */
  get random(): Random {
    return this.world.random;
  }

  /** The server that leads as far as anybody outside can tell; null while there is none that serves. */
  get leader(): SimulatedServer | null {
    return this.servers.find(({ isLeading }) => isLeading) ?? null;
  }

  /** For clients: the addresses of all servers. */
  get connectString(): string {
    return this.fleet.connectString;
  }

  /** A client of production in a process, on a machine, of its own. It knows all servers, unless `connectString` says otherwise. */
  client({ connectString, ...options }: ClientOptions & { readonly connectString?: string } = {}): Client {
    const name = `client${(this.clients += 1)}`;
    const host = this.world.host(name, name);
    const client = new Client(connectString ?? this.connectString, { ...options, runtime: host.runtime });
    this.hosts.set(client, host);
    return client;
  }

  /** Lets time pass. With a `client` it is the time of its process: while that stands still, and once it is killed, it does not end. */
  sleep(ms: number, { client }: { readonly client?: Client } = {}): Promise<void> {
    const process = client === undefined ? this.world.outside : this.hostOf(client).process;
    return new Promise((resolve) => process.after(ms, resolve));
  }

  /** Lets time pass until it is so. Rejects with a SimulationError when it is not so within `timeoutMs`, by default a minute. */
  async until(isSo: () => boolean, { timeoutMs = UNTIL_MAX_MS }: { readonly timeoutMs?: number } = {}): Promise<void> {
    const endMs = this.nowMs + timeoutMs;
    while (!isSo()) {
      if (this.nowMs >= endMs)
        throw new SimulationError(this.seed, `it did not become so within ${timeoutMs} ms: ${isSo.toString()}`);
      await this.sleep(LOOK_MS);
    }
  }

  /**
   * The members of each group reach each other and nobody in another group, until {@link heal}. Who is in no group reaches
   * everybody. Nobody is told: connections over the cut fall silent, and what was sent arrives when it is healed.
   */
  partition(...groups: readonly (readonly SimulatedMember[])[]): void {
    groups.forEach((group, at) => {
      const others = groups.filter((_, other) => other !== at).flat();
      for (const one of group) for (const other of others) this.block(one, other);
    });
  }

  /** Nobody reaches this member, and it reaches nobody, until {@link heal}. */
  isolate(member: SimulatedMember): void {
    this.world.network.roads.cutOff(this.addressOf(member), Infinity);
  }

  /** Nothing gets from one to the other until {@link heal}; the way back stays open. */
  block(from: SimulatedMember, to: SimulatedMember): void {
    this.world.network.roads.block(this.addressOf(from), this.addressOf(to), Infinity);
  }

  /** Everything between the two takes so many times longer, both ways, until {@link heal}. */
  slowDown(a: SimulatedMember, b: SimulatedMember, times: number): void {
    this.world.network.roads.slowDown(this.addressOf(a), this.addressOf(b), times);
  }

  /** Ends every partition, isolation, block and slowness. */
  heal(): void {
    this.world.network.roads.healAll();
  }

  /** All connections of this member are reset, once. */
  disconnect(member: SimulatedMember): void {
    for (const link of this.world.network.openLinks(this.addressOf(member))) link.reset();
  }

  /**
   * What a server tells this member next never arrives, and the connection breaks with it: what was asked for is done, and
   * nobody knows. Once, on each of its connections.
   */
  loseReply(member: SimulatedMember): void {
    for (const link of this.world.network.openLinks(this.addressOf(member))) link.loseNextReply(false);
  }

  /** Its event loop stands still for so long: a long garbage collection, a laptop asleep. Afterwards everything comes at once. */
  stall(member: SimulatedMember, ms: number): void {
    this.hostOf(member).process.stall(ms);
  }

  /** `kill -9`: a server stays down until {@link start}; a client never comes back. */
  kill(member: SimulatedMember): void {
    const host = this.hosts.get(member);
    if (host === undefined) throw this.stranger();
    if ('kill' in host) {
      host.holdDown();
      host.kill();
    } else {
      host.process.die();
      this.world.network.died(host, 'process');
    }
  }

  /** Its machine loses power: what its disk had not synced is gone, and nobody closes its connections. Down until {@link start}. */
  powerOff(server: SimulatedServer): void {
    const host = this.serverHostOf(server);
    host.holdDown();
    host.powerOff();
  }

  /** As SIGTERM does it: a leader hands over first. Resolves when it is down, until {@link start}. */
  async stop(server: SimulatedServer): Promise<void> {
    const host = this.serverHostOf(server);
    host.holdDown();
    host.stop();
    await this.until(() => !host.isRunning);
  }

  /** Starts a server that is down, on what its disk has. It serves when `isServing` says so. */
  start(server: SimulatedServer): void {
    const host = this.serverHostOf(server);
    if (!host.isRunning) host.start();
  }

  private async run<Result>(program: () => Promise<Result>): Promise<Result> {
    let outcome: { readonly get: () => Result } | null = null;
    const { clock } = this.world;
    program().then(
      (result) => (outcome = { get: () => result }),
      (error: unknown) => {
        outcome = {
          get: () => {
            throw error;
          },
        };
      },
    );
    const isOver = (): boolean => {
      this.fleet.look();
      return outcome !== null || this.brokenPromise !== null;
    };
    await clock.run(isOver, this.virtualTimeMaxMs);
    if (this.brokenPromise !== null)
      throw new SimulationError(this.seed, `a server broke a promise: ${this.brokenPromise}`);
    const ended = outcome as { readonly get: () => Result } | null;
    if (ended !== null) return ended.get();
    throw new SimulationError(this.seed, `the program has not ended after ${this.virtualTimeMaxMs} virtual ms`);
  }

  private hostOf(member: SimulatedMember): SimHost {
    const host = this.hosts.get(member);
    const running = host !== undefined && 'host' in host ? host.host : host;
    if (running === undefined) throw this.stranger();
    if (running === null) throw new BadArgumentsError({ message: 'this server is down' });
    return running;
  }

  private serverHostOf(server: SimulatedServer): ServerHost {
    const host = this.hosts.get(server);
    if (host === undefined || !('kill' in host)) throw this.stranger();
    return host;
  }

  private addressOf(member: SimulatedMember): string {
    const host = this.hosts.get(member);
    if (host === undefined) throw this.stranger();
    return host.address;
  }

  private stranger(): BadArgumentsError {
    return new BadArgumentsError({
      message: 'it is not of this world: take servers from world.servers, clients from world.client()',
    });
  }
}

function weatherOf(latencyMinMs: number, latencyMaxMs: number) {
  const sizes = { bandwidth: 100_000, windowBytes: 65_536, congestedBytes: 16_384 };
  return { latencyMinMs, latencyMaxMs, ...sizes, splitChance: 0, joinChance: 0, abruptChance: 0 };
}
