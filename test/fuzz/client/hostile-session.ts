import type { ClientOptions, WatchHandle } from '../../../src/client/index.js';
import { AuthFailedError, Client, KeeperError } from '../../../src/client/index.js';
import type { ClientCore } from '../../../src/client/client-core.js';
import type { RequestQueue } from '../../../src/client/request-queue.js';
import { SeededRandom } from '../../support/seeded-random.js';
import type { Draw } from './hostile-answers.js';
import { PATHS } from './hostile-answers.js';
import type { HostileWorld } from './hostile-world.js';
import type { Mischief } from './hostile-server.js';

/** Everything that happens to one client, until its server comes to its senses. */
export interface Ordeal extends Mischief {
  readonly calls: readonly Draw[];
}

interface Asking {
  readonly random: SeededRandom;
  readonly path: string;
  readonly wait: { readonly timeoutMs?: number; readonly signal?: AbortSignal };
}

type Ask = (client: Client, asking: Asking) => Promise<unknown>;

const ASKS: readonly Ask[] = [
  (client, { path, wait }) => client.getData(path, wait),
  (client, { path, wait }) => client.getData(path, { ...wait, watch: true }),
  (client, { path, wait }) => client.exists(path, wait),
  (client, { path, wait }) => client.exists(path, { ...wait, watch: true }),
  (client, { path, wait }) => client.getChildren(path, wait),
  (client, { path, wait }) => client.getChildren(path, { ...wait, watch: true }),
  (client, { path, wait }) => client.setData(path, 'x', wait),
  (client, { path, wait }) => client.create(path, 'x', { ...wait, mode: 'ephemeral-sequential' }),
  (client, { path, wait }) => client.create(path, null, { ...wait, mode: 'ttl', ttlMs: 1000 }),
  (client, { path, wait }) => client.delete(path, wait),
  (client, { path, wait }) => client.transaction().create(path).check('/').setData(path, 'y').delete(path).commit(wait),
  (client, { path, wait }) =>
    client.multiRead(
      [
        { type: 'getData', path },
        { type: 'getChildren', path },
      ],
      wait,
    ),
  (client, { path, wait }) => client.addWatch(path, wait),
  (client, { path, wait }) => client.addWatch(path, { ...wait, recursive: true }),
  (client, { path, wait }) => client.checkWatches(path, wait),
  (client, { path, wait }) => client.getAcl(path, wait),
  (client, { path, wait }) => client.sync(path, wait),
  (client, { wait }) => client.whoAmI(wait),
  (client, { wait }) => client.getEphemerals('/', wait),
  (client, { path, wait }) => client.getAllChildrenNumber(path, wait),
  (client, { wait }) => client.getConfig(wait),
  (client, { random, wait }) => client.addAuth('digest', `user:${random.below(3)}`, wait),
  (client) => client.getData('not a path'),
];

const PAUSES_MS = [0, 1, 3, 20, 150, 1200, 5000];
const PAUSE_EVERY = 3;

export const CALL_KINDS = ASKS.length * PAUSE_EVERY;

/** A client among hostile servers, and all it was asked. */
export class HostileSession {
  readonly client: Client;
  /** Calls that have neither a result nor an error yet. */
  readonly pending = new Set<string>();
  /** What is wrong with how calls have ended. */
  readonly faults: string[] = [];
  readonly #world: HostileWorld;
  readonly #handles: WatchHandle[] = [];
  readonly #ends: Promise<void>[] = [];
  #asked = 0;

  constructor(world: HostileWorld, options: ClientOptions) {
    this.#world = world;
    this.client = new Client(`127.0.0.1:${world.server.port}`, {
      runtime: world.runtime,
      sessionTimeoutMs: 3000,
      backoff: { baseMs: 5, maxMs: 50 },
      ...options,
    });
  }

  async play({ calls, ...mischief }: Ordeal): Promise<void> {
    this.#world.server.turnHostile(mischief);
    for (const { kind, salt } of calls) {
      const random = new SeededRandom(salt);
      if (kind % PAUSE_EVERY === PAUSE_EVERY - 1) await this.#world.pass(random.pick(PAUSES_MS));
      else this.#ask(Math.floor(kind / PAUSE_EVERY), random);
    }
  }

  /** The server has come to its senses: every call must end, and the next be served. */
  async recover(): Promise<void> {
    const { client } = this;
    const world = this.#world;
    world.server.turnSane();
    await world.until(Promise.all(this.#ends.splice(0)));
    // This one may still go to the connection that was just hung up, and end with it.
    await world.until(client.sync('/').catch(() => undefined));
    if (!this.isOver) await world.until(client.connected());
    await this.#serveOne();
    await world.until(Promise.all(this.#handles.splice(0).map((handle) => handle.close())));
  }

  /** A server has demanded credentials, or refused those there were: nothing follows. */
  get isOver(): boolean {
    return this.client.state === 'auth-failed';
  }

  /** What is still held for calls and watches. */
  holdings(): Record<string, number> {
    const { driver } = (this.client as unknown as { parts: { core: ClientCore } }).parts.core;
    const { queue } = driver.channel as unknown as { queue: RequestQueue };
    return {
      pending: this.pending.size,
      inFlight: queue.oldestInFlight === undefined ? 0 : 1,
      waiting: queue.hasWaiting ? 1 : 0,
      watchedPaths: driver.watches.pathCount,
    };
  }

  async close(): Promise<void> {
    await this.#world.until(this.client.close());
  }

  async #serveOne(): Promise<void> {
    const { client } = this;
    try {
      const { data } = await this.#world.until(client.getData('/well', { timeoutMs: 60_000 }));
      if (data?.toString() !== 'well') this.faults.push(`the sane server said well, the client ${String(data)}`);
    } catch (error) {
      if (!this.isOver || !(error instanceof AuthFailedError))
        this.faults.push(`in state ${client.state}, a sane answer came as ${String(error)}`);
    }
  }

  #ask(kind: number, random: SeededRandom): void {
    const name = `call ${(this.#asked += 1)} of kind ${kind}`;
    const asking = { random, path: random.pick(PATHS), wait: this.#waitOf(random) };
    this.pending.add(name);
    const asked = ASKS[kind % ASKS.length]?.(this.client, asking) ?? Promise.resolve();
    const end = asked.then(
      (result) => this.#keepHandle(result),
      (error: unknown) => {
        if (error instanceof KeeperError || error === asking.wait.signal?.reason) return;
        this.faults.push(`${name} ended with ${String(error instanceof Error ? error.stack : error)}`);
      },
    );
    this.#ends.push(end.finally(() => this.pending.delete(name)));
  }

  #waitOf(random: SeededRandom): Asking['wait'] {
    const timeoutMs = random.chance(0.2) ? { timeoutMs: random.pick([0, 1, 40, 2000]) } : {};
    if (!random.chance(0.1)) return timeoutMs;
    const controller = new AbortController();
    this.#world.callersTimers.afterUnref(random.pick([0, 2, 60]), () => controller.abort(new Error('given up')));
    return { ...timeoutMs, signal: controller.signal };
  }

  #keepHandle(result: unknown): void {
    if (typeof result !== 'object' || result === null) return;
    if ('fired' in result) this.#handles.push(result as WatchHandle);
    else if ('watch' in result) this.#handles.push(result.watch as WatchHandle);
  }
}
