import { expect } from 'vitest';
import type { ByteStream } from '../../../../src/runtime/index.js';
import type { QuorumConfig } from '../../../../src/server/zab/quorum-config.js';
import type { SimHost } from '../../../../src/testing/sim/world.js';
import { World } from '../../../../src/testing/sim/world.js';
import type { WeatherOptions } from '../../../../src/testing/sim/weather.js';
import type { ElectionServerOptions } from './election-server.js';
import { ElectionServer } from './election-server.js';
import { addressOf, ELECTION_PORT_BASE } from './members.js';

const WEATHER: WeatherOptions = {
  latencyMinMs: 1,
  latencyMaxMs: 2,
  bandwidth: 10_000,
  windowBytes: 10_000,
  congestedBytes: 10_000,
  splitChance: 0,
  joinChance: 0,
  abruptChance: 0,
};
const LIMIT_MS = 600_000;

export interface ElectionWorldOptions {
  readonly config: QuorumConfig;
  readonly weather?: Partial<WeatherOptions>;
  readonly seed?: number;
}

/** Election modules above a simulated network, in virtual time. */
export class ElectionWorld {
  readonly world: World;
  readonly servers = new Map<number, ElectionServer>();
  private readonly config: QuorumConfig;
  private readonly hosts = new Map<number, SimHost>();
  private lives = 0;

  constructor({ config, weather, seed = 1 }: ElectionWorldOptions) {
    this.config = config;
    this.world = new World({ seed, turnMs: 1, weather: { ...WEATHER, ...weather }, observe: () => undefined });
  }

  get nowMs(): number {
    return this.world.clock.nowMs;
  }

  /** A machine of the ensemble on which no server runs. */
  host(sid: number): SimHost {
    return this.world.host(`server ${sid}.${(this.lives += 1)}`, addressOf(sid));
  }

  start(sid: number, options: Partial<ElectionServerOptions> = {}): ElectionServer {
    const server = this.prepare(sid, options);
    void server.start();
    return server;
  }

  /** As {@link start}, but it does nothing yet. */
  prepare(sid: number, options: Partial<ElectionServerOptions> = {}): ElectionServer {
    const host = this.host(sid);
    this.hosts.set(sid, host);
    const server = new ElectionServer({ sid, runtime: host.runtime, config: this.config, ...options });
    this.servers.set(sid, server);
    return server;
  }

  kill(sid: number, how: 'process' | 'machine' = 'process'): void {
    const host = this.hosts.get(sid)!;
    this.servers.delete(sid);
    host.process.die();
    this.world.network.died(host, how);
  }

  server(sid: number): ElectionServer {
    return this.servers.get(sid)!;
  }

  /** What all servers that are alive agree on; null while they do not. */
  get leader(): number | null {
    const leaders = new Set([...this.servers.values()].map(({ leader }) => leader));
    return leaders.size === 1 ? ([...leaders][0] ?? null) : null;
  }

  async until(isSo: () => boolean): Promise<void> {
    expect(await this.world.clock.run(isSo, this.nowMs + LIMIT_MS)).toBe(true);
  }

  async pass(ms: number): Promise<void> {
    await this.world.clock.run(() => false, this.nowMs + ms);
  }

  /** How long it takes until all agree. */
  async agreed(): Promise<number> {
    const sinceMs = this.nowMs;
    await this.until(() => this.leader !== null);
    return this.nowMs - sinceMs;
  }

  /** Calls the election port of a server as somebody who does everything by hand. */
  async call(sid: number, from: SimHost): Promise<HandMadePeer> {
    const target = { host: addressOf(sid), port: ELECTION_PORT_BASE + sid, timeoutMs: 1000 };
    let peer: HandMadePeer | null = null;
    void from.runtime.network.connect(target).stream.then((stream) => (peer = new HandMadePeer(stream)));
    await this.until(() => peer !== null);
    return peer!;
  }
}

/** One end of a connection, whose bytes a test makes and looks at itself. */
export class HandMadePeer {
  readonly stream: ByteStream;
  received = Buffer.alloc(0);
  isClosed = false;

  constructor(stream: ByteStream) {
    this.stream = stream;
    stream.listen({
      data: (chunk) => (this.received = Buffer.concat([this.received, chunk])),
      end: () => stream.destroy(),
      close: () => (this.isClosed = true),
    });
  }

  say(bytes: Buffer): void {
    this.stream.write(Buffer.from(bytes));
  }

  /** Where a server calls. */
  static async listen(host: SimHost, sid: number): Promise<HandMadePeer[]> {
    const peers: HandMadePeer[] = [];
    const port = ELECTION_PORT_BASE + sid;
    await host.runtime.network.listen({ port }, (stream) => peers.push(new HandMadePeer(stream)));
    return peers;
  }
}
