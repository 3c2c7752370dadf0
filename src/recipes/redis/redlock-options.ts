import { BadArgumentsError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';

/** What acquire takes of the settings of redlock 5. */
export interface RedlockSettings {
  /** With `retryDelay`: how long to wait for a lock, `retryCount * retryDelay` ms. -1: for ever; 0: not at all. Default 10. */
  readonly retryCount?: number;
  /** Ms. Default 200. */
  readonly retryDelay?: number;
  /** Read and not used: waiting is by turn, and nobody polls. */
  readonly retryJitter?: number;
  /** In `using`: ms before its end that a lock of the other Redlock is extended, after a third of its time at the earliest. Default 500. */
  readonly automaticExtensionThreshold?: number;
  /** Read and not used: no clocks are compared. */
  readonly driftFactor?: number;
}

/** A lock of the other Redlock. */
export interface TheirLock {
  /** Rejects when it cannot be released; it then ends by its own time. */
  release(): Promise<unknown>;
  /** Resolves to the lock as it is then, `durationMs` from now. */
  extend(durationMs: number): Promise<TheirLock>;
}

/** The part of a Redlock (4 or 5) that is used beside ours. */
export interface TheirRedlock {
  /** Rejects when one of them is locked, or too few Redis servers answer. */
  acquire(resources: string[], durationMs: number, settings?: object): Promise<TheirLock>;
}

/**
 * - `zk`: Redis is not touched;
 * - `dual`: ours is taken, then theirs, and both are needed: as long as some programs know only theirs;
 * - `redis`: theirs decides, and ours is taken beside it where it can be: to see whether they agree.
 */
export type RedlockMode = 'zk' | 'dual' | 'redis';

/** The settings of redlock 5, and what locks are taken with. */
export interface RedlockOptions extends RedlockSettings {
  readonly client: KeeperClient;
  /** Default `zk`. */
  readonly mode?: RedlockMode;
  /** For the modes `dual` and `redis`. */
  readonly theirs?: TheirRedlock;
  /** Below which each resource has its lock. Default `/redlock`. */
  readonly root?: string;
}

/** How one side fared. */
export interface SideReport {
  readonly outcome: 'acquired' | 'locked' | 'failed' | 'not-tried';
  /** How long it took, ms. */
  readonly ms: number;
  readonly error?: unknown;
}

/** Told by the event `comparison` for each acquire in the modes `dual` and `redis`. */
export interface RedlockComparison {
  readonly resources: readonly string[];
  readonly ours: SideReport;
  readonly theirs: SideReport;
  /** False: one of them would have let somebody in whom the other would have kept out. */
  readonly agree: boolean;
}

/** Throws a BadArgumentsError unless a lock can last so long. */
export function checkDuration(durationMs: number): void {
  if (Number.isInteger(durationMs) && durationMs > 0) return;
  throw new BadArgumentsError({ message: `duration is ${durationMs}; it must be a whole number of ms above 0` });
}

/** Throws a BadArgumentsError that names the setting that cannot be. */
export function checkSettings({
  retryCount = 0,
  retryDelay = 0,
  automaticExtensionThreshold = 0,
}: RedlockSettings): void {
  for (const [name, value] of Object.entries({ retryDelay, automaticExtensionThreshold })) {
    if (typeof value === 'number' && value >= 0) continue;
    throw new BadArgumentsError({ message: `${name} is ${value}; it must be a number of ms, 0 or more` });
  }
  if (typeof retryCount === 'number' && retryCount >= -1) return;
  throw new BadArgumentsError({ message: `retryCount is ${retryCount}; it must be a number, 0 or more, or -1` });
}
