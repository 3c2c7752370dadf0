import { ClosedError, ConnectionLossError, SessionExpiredError } from '../../../src/client/index.js';
import type {
  ClientEvents,
  ClientState,
  CleanupOutcome,
  CreateOptions,
  KeeperClient,
  NodeData,
  ReadOptions,
  Session,
  WatchEvent,
  WatchHandle,
} from '../../../src/client/index.js';
import { NoNodeError } from '../../../src/client/index.js';
import type { Stat } from '../../../src/protocol/stat.js';
import type { Runtime, Timer } from '../../../src/runtime/index.js';
import type { SeededRandom } from '../../../src/testing/sim/seeded-random.js';
import type { ModelLink, ModelServer } from './model-server.js';
import type { VirtualTime } from './virtual-time.js';

interface Call {
  readonly op: string;
  readonly isWrite: boolean;
  /** At the server. */
  readonly run: () => unknown;
  /** When the answer arrives. */
  readonly finish: (value: never) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  isDone: boolean;
}

interface ModelHandle {
  readonly fire: (event: WatchEvent) => void;
  readonly seenZxid: number;
}

const SESSION_NONE: Session = { id: 0n, signal: AbortSignal.abort() };

/**
 * The client as the recipes see it, over a ModelServer, with faults on demand: replies lost after the server did the
 * work, silence in both directions, sessions that end. Requests of one client are carried out and answered in order.
 */
export class ModelClient implements ModelLink {
  state: ClientState = 'connecting';
  session: Session = SESSION_NONE;
  leaseDeadlineMs = -Infinity;
  readonly negotiatedTimeoutMs: number;
  readonly runtime: Runtime;
  readonly chroot = '';
  /** Operations answered or lost, by name. */
  readonly sent = new Map<string, number>();
  /** What arrives no more, while nobody is told: answers only, or requests too. */
  silence: 'none' | 'answers' | 'both' = 'none';
  readonly #server: ModelServer;
  readonly #time: VirtualTime;
  readonly #random: SeededRandom;
  readonly #listeners = new Set<(event: ClientEvents['stateChanged'][0]) => void>();
  readonly #handles = new Map<string, Set<ModelHandle>>();
  readonly #loseNext = new Set<string>();
  #sessionEnd = new AbortController();
  #waiting: Call[] = [];
  #inFlight: Call[] = [];
  #pings: Timer | null = null;
  #connection = 0;
  #busyUntilMs = 0;

  constructor(parts: { server: ModelServer; time: VirtualTime; random: SeededRandom; timeoutMs: number }) {
    this.#server = parts.server;
    this.#time = parts.time;
    this.#random = parts.random;
    this.negotiatedTimeoutMs = parts.timeoutMs;
    const network = undefined as unknown as Runtime['network'];
    this.runtime = { clock: parts.time, timers: parts.time, random: parts.random, network };
  }

  /** As the recipes take it: they use no more than what is here. */
  get keeper(): KeeperClient {
    return this as unknown as KeeperClient;
  }

  get sessionId(): bigint {
    return this.session.id;
  }

  monotonicMs(): number {
    return this.#time.monotonicMs();
  }

  on(_name: 'stateChanged', listener: (event: ClientEvents['stateChanged'][0]) => void): this {
    this.#listeners.add(listener);
    return this;
  }

  off(_name: 'stateChanged', listener: (event: ClientEvents['stateChanged'][0]) => void): this {
    this.#listeners.delete(listener);
    return this;
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** Handles not yet closed. */
  get openHandles(): number {
    return [...this.#handles.values()].reduce((sum, set) => sum + set.size, 0);
  }

  // --- operations

  create(path: string, data: NodeData, options: CreateOptions): Promise<{ path: string; stat: Stat }> {
    const { mode = 'persistent', signal } = options;
    const bytes = Buffer.from(data ?? '');
    return this.#call({ op: 'create', isWrite: true, signal }, () =>
      this.#server.create(path, bytes, {
        owner: mode.startsWith('ephemeral') ? this.sessionId : 0n,
        isSequential: mode.endsWith('sequential'),
      }),
    );
  }

  setData(path: string, data: Buffer, options: { signal?: AbortSignal }): Promise<Stat> {
    const call = { op: 'setData', isWrite: true, signal: options.signal };
    return this.#call(call, () => this.#server.setData(path, data));
  }

  exists(path: string, options: { signal?: AbortSignal } = {}): Promise<{ stat: Stat | null }> {
    const call = { op: 'exists', isWrite: false, signal: options.signal };
    return this.#call(call, () => ({ stat: this.#server.has(path) ? this.#server.read(path).stat : null }));
  }

  getChildren(path: string, options: ReadOptions = {}): Promise<{ children: string[] }> {
    const call = { op: 'getChildren', isWrite: false, signal: options.signal };
    return this.#call(call, () => ({ children: this.#server.children(path) }));
  }

  sync(_path: string, options: ReadOptions): Promise<void> {
    return this.#call({ op: 'sync', isWrite: false, signal: options.signal }, () => undefined);
  }

  async getData(path: string, options: ReadOptions): Promise<{ data: Buffer; stat: Stat; watch?: WatchHandle }> {
    const { watch = false, signal } = options;
    const read = (): { data: Buffer; stat: Stat } => {
      const found = this.#server.read(path);
      if (watch) this.#server.watch(path, this.sessionId);
      return found;
    };
    return this.#call({ op: 'getData', isWrite: false, signal }, read, (found, isWanted) => {
      if (!watch) return found;
      const handle = this.#openHandle(path, found.stat.mzxid);
      if (!isWanted) void handle.close();
      return { ...found, watch: handle };
    });
  }

  async guaranteedDelete(path: string, options: { sessionId?: bigint } = {}): Promise<CleanupOutcome> {
    for (;;) {
      if (options.sessionId !== undefined && options.sessionId !== this.sessionId) return 'session-ended';
      if (this.state === 'closed') return 'closed';
      try {
        await this.#call({ op: 'delete', isWrite: true }, () => this.#server.delete(path));
        return 'deleted';
      } catch (error) {
        if (error instanceof NoNodeError) return 'missing';
        if (error instanceof ClosedError) return 'closed';
      }
    }
  }

  // --- faults

  /** The next `op` is carried out, its reply is lost, and the connection with it. */
  loseNextReply(op: string): void {
    this.#loseNext.add(op);
  }

  /** Takes back every fault still to come, and connects. */
  heal(): void {
    this.#loseNext.clear();
    this.disconnect();
    this.connect();
  }

  /** In the model one server is all there is: whatever it answers counts. */
  keepLease(): () => void {
    return () => undefined;
  }

  /** Opens the first session, or takes up the old one, or learns that it is over and opens another. */
  connect(): void {
    if (this.state === 'connected' || this.state === 'closed') return;
    this.silence = 'none';
    this.#connection += 1;
    const wasLost = this.session.id !== 0n && !this.#server.touch(this.session.id);
    if (wasLost) this.#loseSession();
    if (this.session.signal.aborted) {
      this.#sessionEnd = new AbortController();
      const id = this.#server.openSession(this.negotiatedTimeoutMs, this);
      this.session = { id, signal: this.#sessionEnd.signal };
    }
    this.leaseDeadlineMs = this.#time.monotonicMs() + this.negotiatedTimeoutMs;
    this.#change('connected');
    this.#watchAgain();
    this.#ping();
    for (const call of this.#waiting.splice(0)) this.#send(call);
  }

  /** The connection breaks: what is under way may or may not have arrived. */
  disconnect(): void {
    if (this.state !== 'connected') return;
    this.#connection += 1;
    this.#pings?.cancel();
    this.#server.dropWatches(this.session.id);
    for (const call of this.#inFlight.splice(0)) {
      if (!call.isDone && this.silence !== 'both' && this.#random.float() < 0.5) attempt(call.run);
      call.reject(new ConnectionLossError({ op: call.op, ambiguous: call.isWrite }));
    }
    this.#change('suspended');
  }

  close(): void {
    if (this.state === 'closed') return;
    this.#server.endSession(this.session.id);
    this.#pings?.cancel();
    this.#change('closed');
    this.#sessionEnd.abort(new ClosedError());
    this.leaseDeadlineMs = -Infinity;
    for (const call of [...this.#inFlight.splice(0), ...this.#waiting.splice(0)]) call.reject(new ClosedError());
    this.#endHandles('closed');
  }

  // --- what the server tells

  fired(path: string, type: 'deleted' | 'dataChanged'): void {
    const connection = this.#connection;
    this.#deliver(connection, () => this.#fireHandles(path, type));
  }

  /** The server hangs up without a word. */
  expired(): void {
    if (this.silence === 'none') this.disconnect();
  }

  // --- inside

  #call<T, R = T>(
    spec: { op: string; isWrite: boolean; signal?: AbortSignal | undefined },
    run: () => T,
    finish: (value: T, isWanted: boolean) => R = (value) => value as unknown as R,
  ): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      if (this.state === 'closed') return reject(new ClosedError());
      const { op, isWrite, signal } = spec;
      if (signal?.aborted === true) return reject(signal.reason as Error);
      const onAbort = (): void => {
        this.#waiting = this.#waiting.filter((each) => each !== call);
        reject(signal?.reason as Error);
      };
      const settle =
        <V>(how: (value: V) => void) =>
        (value: V): void => {
          signal?.removeEventListener('abort', onAbort);
          how(value);
        };
      const call: Call = {
        op,
        isWrite,
        run,
        finish: (value) => finish(value, signal?.aborted !== true),
        resolve: settle(resolve),
        reject: settle(reject),
        isDone: false,
      };
      signal?.addEventListener('abort', onAbort);
      if (this.state === 'connected') this.#send(call);
      else this.#waiting.push(call);
    });
  }

  #send(call: Call): void {
    const connection = this.#connection;
    const sentMs = this.#time.monotonicMs();
    this.#inFlight.push(call);
    this.sent.set(call.op, (this.sent.get(call.op) ?? 0) + 1);
    this.#busyUntilMs = Math.max(this.#busyUntilMs, sentMs) + this.#random.between(0.1, 3);
    this.#time.after(this.#busyUntilMs - sentMs, () => {
      if (connection !== this.#connection || this.silence === 'both') return;
      if (!this.#server.touch(this.session.id)) return;
      const outcome = attempt(call.run);
      call.isDone = true;
      if (this.#loseNext.delete(call.op)) return this.disconnect();
      this.#deliver(connection, () => {
        this.leaseDeadlineMs = Math.max(this.leaseDeadlineMs, sentMs + this.negotiatedTimeoutMs);
        this.#inFlight = this.#inFlight.filter((each) => each !== call);
        if ('error' in outcome) call.reject(outcome.error);
        else call.resolve(call.finish(outcome.value as never) as never);
      });
    });
  }

  /** To the client, behind everything the server sent before. */
  #deliver(connection: number, fn: () => void): void {
    this.#busyUntilMs = Math.max(this.#busyUntilMs, this.#time.monotonicMs()) + this.#random.between(0.1, 1);
    this.#time.after(this.#busyUntilMs - this.#time.monotonicMs(), () => {
      if (connection === this.#connection && this.silence === 'none') fn();
    });
  }

  /** Every third of the timeout; silence for two thirds means that the connection is dead. */
  #ping(): void {
    const connection = this.#connection;
    const intervalMs = this.negotiatedTimeoutMs / 3;
    this.#pings?.cancel();
    this.#pings = this.#time.after(intervalMs, () => {
      if (connection !== this.#connection) return;
      if (this.#time.monotonicMs() > this.leaseDeadlineMs - intervalMs) return this.disconnect();
      void this.#call({ op: 'ping', isWrite: false }, () => undefined).catch(() => undefined);
      this.#ping();
    });
  }

  #openHandle(path: string, seenZxid: number): WatchHandle {
    let fire: (event: WatchEvent) => void = () => undefined;
    const fired = new Promise<WatchEvent>((resolve) => (fire = resolve));
    const handle: ModelHandle = { fire, seenZxid };
    const set = this.#handles.get(path) ?? new Set();
    this.#handles.set(path, set.add(handle));
    const close = async (): Promise<void> => {
      if (!set.delete(handle) || set.size > 0 || this.state !== 'connected') return;
      await this.#call({ op: 'removeWatches', isWrite: false }, () => this.#server.unwatch(path, this.sessionId)).catch(
        () => undefined,
      );
    };
    return { path, kind: 'data', fired, close } as unknown as WatchHandle;
  }

  #fireHandles(path: string, type: WatchEvent['type']): void {
    const set = this.#handles.get(path);
    this.#handles.delete(path);
    for (const handle of set ?? []) handle.fire({ type, path });
    set?.clear();
  }

  #endHandles(type: 'sessionLost' | 'closed'): void {
    for (const path of [...this.#handles.keys()]) this.#fireHandles(path, type);
  }

  /** What setWatches does after a reconnect: fire what changed meanwhile, watch the rest again. */
  #watchAgain(): void {
    for (const [path, set] of [...this.#handles]) {
      const [first] = set;
      if (first === undefined) continue;
      if (!this.#server.has(path)) this.fired(path, 'deleted');
      else if (this.#server.read(path).stat.mzxid > first.seenZxid) this.fired(path, 'dataChanged');
      else this.#server.watch(path, this.sessionId);
    }
  }

  #loseSession(): void {
    this.leaseDeadlineMs = -Infinity;
    this.#change('lost');
    this.#sessionEnd.abort(new SessionExpiredError());
    for (const call of this.#waiting.splice(0)) call.reject(new SessionExpiredError({ op: call.op }));
    this.#endHandles('sessionLost');
  }

  #change(to: ClientState): void {
    const from = this.state;
    this.state = to;
    for (const listener of [...this.#listeners]) listener({ from, to });
  }
}

function attempt(run: () => unknown): { value: unknown } | { error: unknown } {
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  }
}
