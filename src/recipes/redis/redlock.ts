import { EventEmitter } from 'node:events';
import { BadArgumentsError, TimeoutError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { onAbort } from '../../client/on-abort.js';
import { openController } from '../../client/open-controller.js';
import { pause } from '../../client/support/pause.js';
import { childOf } from '../../protocol/paths.js';
import { InterProcessMultiLock } from '../locks/inter-process-multi-lock.js';
import { checkPath } from '../support/check-arguments.js';
import { ExecutionError } from './execution-error.js';
import { RedlockLock } from './redlock-lock.js';
import type { RedlockParts } from './redlock-lock.js';
import { checkDuration, checkSettings } from './redlock-options.js';
import type {
  RedlockComparison,
  RedlockMode,
  RedlockOptions,
  RedlockSettings,
  SideReport,
  TheirLock,
  TheirRedlock,
} from './redlock-options.js';
import { ResourceLockedError } from './resource-locked-error.js';

/** The signal of `using`, with the reason where redlock's users look for it. */
export type RedlockAbortSignal = AbortSignal & { error?: Error };

/** The work of `using`. */
export type RedlockRoutine<T> = (signal: RedlockAbortSignal, context: { readonly lock: RedlockLock }) => Promise<T>;

/** Values that go with each event of a {@link Redlock}. */
export interface RedlockEvents {
  /** Somebody else holds the resource (ResourceLockedError), or something went wrong in the background. Never thrown. */
  error: [unknown];
  comparison: [RedlockComparison];
}

type Ours = NonNullable<RedlockParts['ours']>;
type Terms = Pick<RedlockParts, 'durationMs' | 'sinceMs' | 'ours' | 'theirs'>;

/** How long to wait for ours; `isOnce`: only if nobody need be waited for. */
interface Patience {
  readonly isOnce: boolean;
  readonly timeoutMs: number;
}

const RETRY_COUNT = 10;
const RETRY_DELAY_MS = 200;
const THRESHOLD_MS = 500;
/** How long ours may take when only theirs is needed: this part of the duration, and no longer than this. */
const SHADOW_PART = 4;
const SHADOW_MAX_MS = 1000;
const ROOT = '/redlock';
const NOT_TRIED: SideReport = { outcome: 'not-tried', ms: 0 };

/**
 * The API of redlock 5 over locks of pinfold. What differs: a lock lives with its session, and `duration` is a ceiling above
 * that; whoever asked first gets it first, without polling; several resources are taken in sorted order, so that no two
 * programs wait for each other; a lock has a fencing token; and releasing one that is over is no error.
 *
 * SUSPENDED: locks stay until the deadline of their session. LOST: they are lost, and their signals have aborted before.
 */
export class Redlock {
  readonly #client: KeeperClient;
  readonly #options: RedlockOptions;
  readonly #mode: RedlockMode;
  readonly #root: string;
  readonly #emitter = new EventEmitter<RedlockEvents>();

  /** Throws a BadArgumentsError for options that cannot be. */
  constructor(options: RedlockOptions) {
    const { client, mode = 'zk', theirs, root = ROOT } = options;
    if (!['zk', 'dual', 'redis'].includes(mode)) {
      throw new BadArgumentsError({ message: `mode is ${mode}; it must be zk, dual or redis` });
    }
    if (mode !== 'zk' && theirs === undefined) {
      throw new BadArgumentsError({ message: `mode ${mode} needs theirs: the Redlock that is used beside` });
    }
    checkSettings(options);
    checkPath(root);
    this.#client = client;
    this.#options = options;
    this.#mode = mode;
    this.#root = root;
    // An emitter throws an error that nobody hears; these are news, and no reason to end a process.
    this.#emitter.on('error', () => undefined);
  }

  /** Calls the listener at every such event until {@link off}. */
  on<Name extends keyof RedlockEvents>(event: Name, listener: (...args: RedlockEvents[Name]) => void): this {
    this.#emitter.on(event, listener as never);
    return this;
  }

  /** Forgets a listener of {@link on}. Fine when there is none. */
  off<Name extends keyof RedlockEvents>(event: Name, listener: (...args: RedlockEvents[Name]) => void): this {
    this.#emitter.off(event, listener as never);
    return this;
  }

  /**
   * Takes all of the resources for at most `durationMs`. Rejects with an ExecutionError, whose cause is a ResourceLockedError
   * when somebody else holds one of them; nothing of it is left then.
   */
  async acquire(
    resources: readonly string[],
    durationMs: number,
    settings: RedlockSettings = {},
  ): Promise<RedlockLock> {
    const names = checked(resources);
    checkDuration(durationMs);
    checkSettings(settings);
    switch (this.#mode) {
      case 'zk': {
        const [ours, report] = await this.#takeOurs(names, this.#patience(durationMs, settings));
        if (ours === null) throw this.#refusal(names, report);
        return this.#lock(names, { durationMs, sinceMs: this.#client.monotonicMs(), ours, theirs: null });
      }
      case 'dual':
        return this.#acquireBoth(names, durationMs, settings);
      case 'redis':
        return this.#acquireTheirs(names, durationMs, settings);
    }
  }

  /**
   * Runs the routine while holding the resources, however long it takes. Its signal aborts when the lock is lost (the reason
   * also as `signal.error`); it goes on running if it does not look. Resolves or rejects as the routine does.
   */
  async using<T>(resources: readonly string[], durationMs: number, routine: RedlockRoutine<T>): Promise<T>;
  async using<T>(
    resources: readonly string[],
    durationMs: number,
    settings: RedlockSettings,
    routine: RedlockRoutine<T>,
  ): Promise<T>;
  async using<T>(
    resources: readonly string[],
    durationMs: number,
    ...[first, second]: [RedlockRoutine<T>] | [RedlockSettings, RedlockRoutine<T>]
  ): Promise<T> {
    const settings = typeof first === 'function' ? {} : first;
    const routine = typeof first === 'function' ? first : second;
    if (typeof routine !== 'function') throw new BadArgumentsError({ message: 'using: the routine is not a function' });
    const lock = await this.acquire(resources, durationMs, settings);
    lock.keep(settings.automaticExtensionThreshold ?? this.#options.automaticExtensionThreshold ?? THRESHOLD_MS);
    const controller = openController();
    const signal = controller.signal as RedlockAbortSignal;
    const leave = onAbort(lock.signal, (reason) => {
      if (reason instanceof Error) signal.error = reason;
      controller.abort(reason);
    });
    try {
      return await routine(signal, { lock });
    } finally {
      leave();
      // What the routine came to matters more than a release that fails on top of it.
      await lock.release().catch((error: unknown) => this.#emitter.emit('error', error));
    }
  }

  /** As `lock.release()`. */
  async release(lock: RedlockLock): Promise<void> {
    await lock.release();
  }

  /** As `lock.extend(durationMs)`. */
  async extend(lock: RedlockLock, durationMs: number): Promise<RedlockLock> {
    return lock.extend(durationMs);
  }

  /** Does nothing: clients are closed by whoever opened them. */
  async quit(): Promise<void> {
    this.#emitter.removeAllListeners('comparison');
  }

  async #acquireBoth(names: readonly string[], durationMs: number, settings: RedlockSettings): Promise<RedlockLock> {
    const [ours, oursReport] = await this.#takeOurs(names, this.#patience(durationMs, settings));
    if (ours === null) {
      this.#compare(names, oursReport, NOT_TRIED);
      throw this.#refusal(names, oursReport);
    }
    const sinceMs = this.#client.monotonicMs();
    const [theirs, theirsReport] = await this.#takeTheirs(names, durationMs, settings);
    this.#compare(names, oursReport, theirsReport);
    if (theirs !== null && ours.set.isHeld()) return this.#lock(names, { durationMs, sinceMs, ours, theirs });
    await Promise.allSettled([theirs?.release(), ours.set.release()]);
    throw this.#refusal(names, theirsReport);
  }

  async #acquireTheirs(names: readonly string[], durationMs: number, settings: RedlockSettings): Promise<RedlockLock> {
    const sinceMs = this.#client.monotonicMs();
    const [theirs, theirsReport] = await this.#takeTheirs(names, durationMs, settings);
    if (theirs === null) {
      this.#compare(names, NOT_TRIED, theirsReport);
      throw this.#refusal(names, theirsReport);
    }
    const [ours, oursReport] = await this.#shadow(names, durationMs);
    this.#compare(names, oursReport, theirsReport);
    return this.#lock(names, { durationMs, sinceMs, ours, theirs });
  }

  async #lock(resources: readonly string[], terms: Terms): Promise<RedlockLock> {
    const onError = (error: unknown): void => void this.#emitter.emit('error', error);
    const theirsDecides = this.#mode === 'redis';
    const lock = new RedlockLock({ client: this.#client, resources, ...terms, theirsDecides, onError });
    if (lock.isHeld()) return lock;
    await Promise.allSettled([lock.release(), terms.theirs?.release()]);
    const late = `it took longer than its duration, ${terms.durationMs} ms, or was lost on the way`;
    throw new ExecutionError(`${resources.join(', ')}: the lock could not be had: ${late}`, lock.signal.reason);
  }

  /** Ours beside theirs, which must not be kept waiting, and which is not ours to fail. */
  async #shadow(names: readonly string[], durationMs: number): Promise<[Ours | null, SideReport]> {
    if (this.#client.state !== 'connected') return [null, { outcome: 'failed', ms: 0 }];
    const timeoutMs = Math.min(durationMs / SHADOW_PART, SHADOW_MAX_MS);
    const taking = this.#takeOurs(names, { isOnce: true, timeoutMs });
    const late = pause(this.#client, timeoutMs).then(() => null);
    const taken = await Promise.race([taking, late]);
    if (taken !== null) return taken;
    void taking.then(([ours]) => ours?.set.release().catch((error: unknown) => this.#emitter.emit('error', error)));
    return [null, { outcome: 'failed', ms: timeoutMs }];
  }

  async #takeOurs(names: readonly string[], patience: Patience): Promise<[Ours | null, SideReport]> {
    const startMs = this.#client.monotonicMs();
    const paths = names.map((name) => this.#pathOf(name));
    const lock = new InterProcessMultiLock(this.#client, paths);
    const took = (): number => this.#client.monotonicMs() - startMs;
    try {
      const { isOnce, timeoutMs } = patience;
      const set = await (isOnce ? lock.tryAcquire({ timeoutMs }) : lock.acquire({ timeoutMs }));
      if (set === null) return [null, { outcome: 'locked', ms: took() }];
      const byPath = new Map(lock.paths.map((path, at) => [path, set.holds[at]]));
      const holdOf = new Map(
        names.flatMap((name) => {
          const hold = byPath.get(this.#pathOf(name));
          return hold === undefined ? [] : [[name, hold] as const];
        }),
      );
      return [
        { set, holdOf },
        { outcome: 'acquired', ms: took() },
      ];
    } catch (error) {
      const outcome = error instanceof TimeoutError && this.#client.state === 'connected' ? 'locked' : 'failed';
      return [null, { outcome, ms: took(), error }];
    }
  }

  async #takeTheirs(
    names: readonly string[],
    durationMs: number,
    settings: RedlockSettings,
  ): Promise<[TheirLock | null, SideReport]> {
    const startMs = this.#client.monotonicMs();
    const took = (): number => this.#client.monotonicMs() - startMs;
    const theirs = this.#options.theirs as TheirRedlock;
    try {
      return [await theirs.acquire([...names], durationMs, settings), { outcome: 'acquired', ms: took() }];
    } catch (error) {
      return [null, { outcome: 'locked', ms: took(), error }];
    }
  }

  #compare(resources: readonly string[], ours: SideReport, theirs: SideReport): void {
    const isOne = ours.outcome === 'not-tried' || theirs.outcome === 'not-tried';
    this.#emitter.emit('comparison', { resources, ours, theirs, agree: isOne || ours.outcome === theirs.outcome });
  }

  #refusal(names: readonly string[], { outcome, error }: SideReport): ExecutionError {
    const what = names.join(', ');
    if (outcome !== 'locked') return new ExecutionError(`${what}: the lock could not be had`, error);
    const locked = new ResourceLockedError(`${what}: somebody else holds it`, error);
    this.#emitter.emit('error', locked);
    return new ExecutionError(`${what}: the lock could not be had within its retries`, locked);
  }

  #patience(durationMs: number, settings: RedlockSettings): Patience {
    const count = settings.retryCount ?? this.#options.retryCount ?? RETRY_COUNT;
    const delayMs = settings.retryDelay ?? this.#options.retryDelay ?? RETRY_DELAY_MS;
    const timeoutMs = count < 0 ? Infinity : count * delayMs;
    // To try once takes as long as it takes to hear of it, and no longer than it would be of use.
    return timeoutMs === 0 ? { isOnce: true, timeoutMs: durationMs } : { isOnce: false, timeoutMs };
  }

  #pathOf(resource: string): string {
    // `.` and `..` are no names of nodes, and nothing else encodes dots.
    return childOf(
      this.#root,
      encodeURIComponent(resource).replace(/^\.{1,2}$/, (dots) => dots.replaceAll('.', '%2E')),
    );
  }
}

function checked(resources: readonly string[]): string[] {
  const names = [...new Set(resources)];
  if (names.length === 0 || names.some((name) => typeof name !== 'string' || name === '')) {
    throw new BadArgumentsError({ message: 'resources must be one name at least, and no name may be empty' });
  }
  return names;
}
