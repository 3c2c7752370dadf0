import { NoNodeError, NodeExistsError } from '../../../src/client/index.js';
import { nameOf, parentOf, sequenceSuffix } from '../../../src/protocol/paths.js';
import type { Stat } from '../../../src/protocol/stat.js';
import type { Zxid } from '../../../src/protocol/zxid.js';
import type { Timer } from '../../../src/runtime/index.js';
import type { VirtualTime } from './virtual-time.js';

interface ModelNode {
  data: Buffer;
  stat: Stat;
  /** Children ever created: the next sequence suffix. */
  created: number;
}

/** Where a session's events go, and how the server hangs up. */
export interface ModelLink {
  fired(path: string, type: 'deleted' | 'dataChanged'): void;
  expired(): void;
}

interface ModelSession {
  readonly id: bigint;
  readonly timeoutMs: number;
  link: ModelLink;
  heardMs: number;
  timer: Timer;
}

/**
 * What the recipes rely on in a server (recipes 1.1), in virtual time: sequence counters, ephemerals, one-shot data
 * watches, and sessions that end to the millisecond, which is sooner than any real server is allowed to.
 */
export class ModelServer {
  watchEvents = 0;
  readonly #time: VirtualTime;
  readonly #nodes = new Map<string, ModelNode>();
  readonly #watches = new Map<string, Set<bigint>>();
  readonly #sessions = new Map<bigint, ModelSession>();
  #zxid = 0;
  #lastSession = 0n;

  constructor(time: VirtualTime) {
    this.#time = time;
    this.#nodes.set('/', { data: Buffer.alloc(0), stat: this.#freshStat(0n, 0), created: 0 });
  }

  get watchCount(): number {
    return [...this.#watches.values()].reduce((sum, set) => sum + set.size, 0);
  }

  /** Paths of all ephemeral nodes. */
  get ephemerals(): string[] {
    return [...this.#nodes].filter(([, node]) => node.stat.ephemeralOwner !== 0n).map(([path]) => path);
  }

  has(path: string): boolean {
    return this.#nodes.has(path);
  }

  openSession(timeoutMs: number, link: ModelLink): bigint {
    this.#lastSession += 1n;
    const id = this.#lastSession;
    const timer = this.#time.after(timeoutMs, () => this.#checkExpiry(id));
    this.#sessions.set(id, { id, timeoutMs, link, heardMs: this.#time.monotonicMs(), timer });
    return id;
  }

  /** False when the session is over. */
  touch(id: bigint): boolean {
    const session = this.#sessions.get(id);
    if (session === undefined) return false;
    session.heardMs = this.#time.monotonicMs();
    return true;
  }

  /** Ends the session now, as its expiry would. */
  endSession(id: bigint): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    session.timer.cancel();
    this.#sessions.delete(id);
    for (const set of this.#watches.values()) set.delete(id);
    for (const [path, node] of [...this.#nodes]) if (node.stat.ephemeralOwner === id) this.delete(path);
    session.link.expired();
  }

  /** The connection is gone, and with it the watches it had. */
  dropWatches(id: bigint): void {
    for (const set of this.#watches.values()) set.delete(id);
  }

  create(path: string, data: Buffer, spec: { owner: bigint; isSequential: boolean }): { path: string; stat: Stat } {
    const parent = this.#get(parentOf(path));
    const full = spec.isSequential ? `${path}${sequenceSuffix(parent.created)}` : path;
    if (this.#nodes.has(full)) throw new NodeExistsError({ path: full });
    parent.created += 1;
    const stat = this.#freshStat(spec.owner, data.length);
    this.#nodes.set(full, { data, stat, created: 0 });
    return { path: full, stat };
  }

  delete(path: string): void {
    this.#get(path);
    this.#nodes.delete(path);
    this.#zxid += 1;
    this.#fire(path, 'deleted');
  }

  setData(path: string, data: Buffer): Stat {
    const node = this.#get(path);
    this.#zxid += 1;
    node.data = data;
    node.stat = { ...node.stat, version: node.stat.version + 1, mzxid: this.#zxid as Zxid };
    this.#fire(path, 'dataChanged');
    return node.stat;
  }

  read(path: string): { data: Buffer; stat: Stat } {
    const { data, stat } = this.#get(path);
    return { data, stat };
  }

  children(path: string): string[] {
    this.#get(path);
    return [...this.#nodes.keys()].filter((each) => each !== '/' && parentOf(each) === path).map(nameOf);
  }

  /** Collects an empty container, as the server does by itself now and then. */
  collect(path: string): void {
    if (this.has(path) && this.children(path).length === 0) this.delete(path);
  }

  watch(path: string, id: bigint): void {
    const set = this.#watches.get(path) ?? new Set();
    this.#watches.set(path, set.add(id));
  }

  unwatch(path: string, id: bigint): void {
    this.#watches.get(path)?.delete(id);
  }

  #get(path: string): ModelNode {
    const node = this.#nodes.get(path);
    if (node === undefined) throw new NoNodeError({ path });
    return node;
  }

  #fire(path: string, type: 'deleted' | 'dataChanged'): void {
    const set = this.#watches.get(path);
    this.#watches.delete(path);
    for (const id of set ?? []) {
      this.watchEvents += 1;
      this.#sessions.get(id)?.link.fired(path, type);
    }
  }

  #checkExpiry(id: bigint): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    const leftMs = session.heardMs + session.timeoutMs - this.#time.monotonicMs();
    if (leftMs <= 0) this.endSession(id);
    else session.timer = this.#time.after(leftMs, () => this.#checkExpiry(id));
  }

  #freshStat(ephemeralOwner: bigint, dataLength: number): Stat {
    const zxid = (this.#zxid += 1) as Zxid;
    const nowMs = this.#time.wallMs();
    return {
      czxid: zxid,
      mzxid: zxid,
      pzxid: zxid,
      ctime: nowMs,
      mtime: nowMs,
      version: 0,
      cversion: 0,
      aversion: 0,
      ephemeralOwner,
      dataLength,
      numChildren: 0,
    };
  }
}
