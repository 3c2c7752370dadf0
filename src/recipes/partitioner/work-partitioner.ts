import { BadArgumentsError, ClosedError, KeeperError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { onAbort } from '../../client/on-abort.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import { childOf } from '../../protocol/paths.js';
import { Fifo } from '../../runtime/fifo.js';
import type { Timer } from '../../runtime/timers.js';
import { CuratorCache } from '../caches/curator-cache.js';
import { PersistentNode } from '../nodes/persistent-node.js';
import { errorHook } from '../support/error-hook.js';
import type { ErrorHook } from '../support/error-hook.js';
import { StateLoop } from '../support/state-loop.js';
import type { Assignment } from './assignment.js';
import { PartitionSlot } from './partition-slot.js';
import type { SlotParts } from './partition-slot.js';
import { weightOf } from './records.js';
import type { MemberRecord } from './records.js';
import type { WeightedMember } from './rendezvous.js';
import { SettledPlan } from './settled-plan.js';
import type { PlanInput } from './settled-plan.js';
import { checkWorkPartitioner } from './work-partitioner-options.js';
import type { WorkPartitionerOptions } from './work-partitioner-options.js';

const [DEBOUNCE_MS, DRAIN_MS, REST_MS] = [1000, 30_000, 1000];
/** Claims under way at once. */
const CLAIMS_IN_FLIGHT_MAX = 64;

/** What is done with a partition; it is released when this settles. */
export type PartitionWork = (assignment: Assignment) => void | Promise<void>;

/**
 * Shares partitions among workers: each partition is one worker's at a time, and each worker has its share. When workers come
 * or go, only what moves is stopped, and nobody starts on a partition before the one who had it has stopped.
 *
 * On SUSPENDED everything goes on until the deadline of the session (or ends, with `onSuspended: 'abort'`); on LOST all
 * assignments are lost, and this worker joins again by itself.
 */
export class WorkPartitioner implements AsyncDisposable {
  readonly path: string;
  readonly id: string;
  readonly #client: KeeperClient;
  readonly #options: WorkPartitionerOptions;
  readonly #incarnation: string;
  readonly #member: PersistentNode;
  readonly #members: CuratorCache;
  /** Null when the partitions are a fixed list. */
  readonly #names: CuratorCache | null;
  readonly #plan: SettledPlan;
  readonly #slots = new Map<string, PartitionSlot>();
  readonly #loop: StateLoop;
  readonly #onError: ErrorHook;
  readonly #ready = new Fifo<Assignment>();
  #deliver: () => void = () => undefined;
  #restTimer: Timer | null = null;
  #hasReader = false;
  #closed: Promise<void> | null = null;

  /** Nothing is asked before somebody reads `assignments()`, or `run()`. */
  constructor(client: KeeperClient, path: string, options: WorkPartitionerOptions) {
    checkWorkPartitioner(path, options);
    const { random, clock } = client.runtime;
    const { id = random.uuid(), weight = 1, partitions, acl, parentAcl, onError } = options;
    this.path = path;
    this.id = id;
    this.#client = client;
    this.#options = options;
    this.#incarnation = random.uuid();
    this.#onError = errorHook(onError, { code: 'PINFOLD_PARTITIONER', path });
    const record: MemberRecord = { weight, since: clock.wallMs(), incarnation: this.#incarnation };
    const members = childOf(path, 'members');
    const own = { data: JSON.stringify(record), acl, parentAcl, onError: this.#onError };
    this.#member = new PersistentNode(client, childOf(members, id), own);
    const children = { scope: 'children', onError: this.#onError } as const;
    this.#members = new CuratorCache(client, members, children);
    this.#names = 'childrenOf' in partitions ? new CuratorCache(client, partitions.childrenOf, children) : null;
    this.#loop = new StateLoop(client, {
      look: (signal) => this.#look(signal),
      onError: (error) => this.#failed(error),
    });
    this.#plan = new SettledPlan(client, options.debounceMs ?? DEBOUNCE_MS, () => this.#loop.mark());
  }

  /** Partitions that this worker has claimed and may work on. */
  get held(): string[] {
    return [...this.#slots].filter(([, slot]) => slot.isHeld).map(([partition]) => partition);
  }

  /** Ids of the workers there are, as last seen. */
  get members(): string[] {
    return [...this.#members.children().keys()];
  }

  /** Which worker is to have each partition, by the newest plan of this worker; the others' are the same soon after. */
  get plan(): ReadonlyMap<string, string> {
    return this.#plan.value;
  }

  /**
   * Joins, and yields each partition that becomes this worker's, for as long as it is read: there can be one reader. Release
   * each when its `signal` has aborted. Ends when the signal aborts, after `close()`, and when the loop is left: then this
   * worker leaves, see `close()`.
   */
  assignments({ signal }: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterable<Assignment, undefined> {
    return { [Symbol.asyncIterator]: () => this.#reader(signal) };
  }

  /**
   * Joins, and runs `work` for each partition that becomes this worker's, side by side. `work` should go on until
   * `assignment.signal` aborts; when it ends before, the partition is claimed again after a rest. Resolves when the signal
   * has aborted (or `close()` was called) and this worker has left.
   */
  async run(work: PartitionWork, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    if (typeof work !== 'function') {
      throw new BadArgumentsError({ message: `the work of ${this.path} is no function`, path: this.path });
    }
    for await (const assignment of this.assignments(options)) void this.#work(assignment, work);
    await this.close();
  }

  /**
   * Leaves: the others are told, all assignments are revoked, and each partition goes to its next worker as soon as it is
   * released. Resolves when all are, or `drainMs` are over. May be called again.
   */
  async close(): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  /** `close()`, for `await using`: leaves, and waits for what is in work. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#deliver();
    this.#restTimer?.cancel();
    this.#plan.close();
    const stopped = Promise.all([this.#loop.close(), this.#members.close(), this.#names?.close()]);
    // The others plan without us from now on, and wait for each claim to end.
    const left = this.#member.close();
    for (const assignment of this.#ready.drain()) void assignment.release();
    await Promise.all([...this.#slots.values()].map((slot) => slot.close()));
    await Promise.all([stopped, left]);
  }

  #reader(signal: AbortSignal | undefined): AsyncIterator<Assignment, undefined> {
    if (this.#hasReader) throw new BadArgumentsError({ message: 'these assignments have a reader', path: this.path });
    this.#hasReader = true;
    const leave = signal === undefined ? () => undefined : onAbort(signal, () => void this.close());
    if (this.#closed === null) this.#start();
    const end = async (): Promise<IteratorResult<Assignment, undefined>> => {
      leave();
      await this.close();
      return { done: true, value: undefined };
    };
    return {
      next: async () => {
        for (;;) {
          if (this.#closed !== null) return end();
          const value = this.#ready.shift();
          if (value !== undefined) return { done: false, value };
          await new Promise<void>((resolve) => (this.#deliver = resolve));
        }
      },
      return: end,
    };
  }

  #start(): void {
    this.#member.start();
    for (const cache of [this.#members, this.#names]) if (cache !== null) void this.#follow(cache);
    this.#loop.start();
    void this.#followMember();
  }

  async #follow(cache: CuratorCache): Promise<void> {
    cache.start();
    for await (const _ of cache.events()) this.#loop.mark();
  }

  async #followMember(): Promise<void> {
    for await (const _ of this.#member.states()) this.#loop.mark();
    // It ends with its client; then nothing can be worked on.
    await this.close();
  }

  async #work(assignment: Assignment, work: PartitionWork): Promise<void> {
    try {
      await work(assignment);
    } catch (error) {
      // Whoever is told to stop may do so by throwing.
      if (!assignment.signal.aborted) this.#onError(error);
    }
    await assignment.release().catch((error: unknown) => this.#onError(error));
  }

  async #look(signal: AbortSignal): Promise<void> {
    const input = this.#input();
    if (input === null || !this.#plan.offer(input)) return;
    const share = new Set([...this.#plan.value].filter(([, id]) => id === this.id).map(([partition]) => partition));
    for (const [partition, slot] of this.#slots) if (!share.has(partition)) await this.#giveUp(partition, slot);
    const slots = [...share].map((partition) => this.#slotOf(partition));
    this.#wakeAfterRest(slots);
    const free = slots.filter((slot) => slot.isFree && slot.restMs(this.#client.monotonicMs()) === 0);
    for (let from = 0; from < free.length; from += CLAIMS_IN_FLIGHT_MAX) {
      await Promise.all(free.slice(from, from + CLAIMS_IN_FLIGHT_MAX).map((slot) => this.#claim(slot, signal)));
    }
  }

  /** What is to be planned with; null while it is not known, or others do not know of us. */
  #input(): PlanInput | null {
    if (this.#member.state === 'foreign') return { partitions: [], members: [] };
    if (this.#member.state !== 'present') return null;
    if (this.#members.state !== 'fresh' || (this.#names !== null && this.#names.state !== 'fresh')) return null;
    const members: WeightedMember[] = [];
    for (const [id, { data }] of this.#members.children()) members.push({ id, weight: weightOf(data) });
    if (!members.some(({ id }) => id === this.id)) return null;
    members.sort((a, b) => (a.id < b.id ? -1 : 1));
    return { partitions: this.#partitions(), members };
  }

  #partitions(): readonly string[] {
    const { partitions } = this.#options;
    if (!('childrenOf' in partitions)) return partitions;
    return [...(this.#names?.children().keys() ?? [])].sort();
  }

  async #giveUp(partition: string, slot: PartitionSlot): Promise<void> {
    slot.revoke();
    if (!slot.isFree) return;
    this.#slots.delete(partition);
    await slot.forget();
  }

  #slotOf(partition: string): PartitionSlot {
    const before = this.#slots.get(partition);
    if (before !== undefined) return before;
    const slot = new PartitionSlot(this.#partsOf(partition));
    this.#slots.set(partition, slot);
    return slot;
  }

  #partsOf(partition: string): SlotParts {
    const { drainMs = DRAIN_MS, restMs = REST_MS, acl, parentAcl } = this.#options;
    const path = childOf(childOf(this.path, 'claims'), partition);
    return {
      client: this.#client,
      partition,
      path,
      member: this.id,
      incarnation: this.#incarnation,
      drainMs,
      restMs,
      grant: this.#options,
      acl,
      parentAcl,
      changed: () => this.#loop.mark(),
      overran: () => this.#onError(overrunError(path, drainMs)),
    };
  }

  /** Partitions that rest are looked at again when their time is over. */
  #wakeAfterRest(slots: readonly PartitionSlot[]): void {
    const nowMs = this.#client.monotonicMs();
    const rests = slots.map((slot) => slot.restMs(nowMs)).filter((ms) => ms > 0);
    this.#restTimer?.cancel();
    if (rests.length === 0) return;
    this.#restTimer = this.#client.runtime.timers.afterUnref(Math.min(...rests), () => this.#loop.mark());
  }

  async #claim(slot: PartitionSlot, signal: AbortSignal): Promise<void> {
    const assignment = await slot.claim(signal);
    if (assignment === null) return;
    // Lost before anybody has seen it.
    onAbort(assignment.signal, () => {
      this.#ready.retain((each) => {
        if (each === assignment) void assignment.release();
        return each !== assignment;
      });
    });
    if (assignment.signal.aborted) {
      await assignment.release();
      return;
    }
    this.#ready.push(assignment);
    this.#deliver();
  }

  #failed(error: unknown): void {
    if (error instanceof ClosedError) void this.close();
    else this.#onError(error);
  }
}

function overrunError(path: string, drainMs: number): KeeperError {
  const text = `whoever works on it has not stopped within ${drainMs} ms; another worker may have it now`;
  return new KeeperError({ code: 'DRAIN_OVERRUN', rc: ErrorCode.OPERATIONTIMEOUT, text }, { path, op: 'drain' });
}
