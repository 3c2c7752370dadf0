import type { KeeperClient } from '../../client/keeper-client.js';
import type { Timer } from '../../runtime/timers.js';
import { planOf } from './rendezvous.js';
import type { WeightedMember } from './rendezvous.js';

/** Who is there, and what there is to share. */
export interface PlanInput {
  readonly partitions: readonly string[];
  readonly members: readonly WeightedMember[];
}

/** However restless the members are, after so many times the debounce it is planned with those that are there. */
const PATIENCE = 10;

/** The plan for members who have not changed for a while. */
export class SettledPlan {
  readonly #client: KeeperClient;
  readonly #debounceMs: number;
  readonly #settled: () => void;
  #timer: Timer | null = null;
  /** What the plan is for, as text; and what it will be for when nothing changes any more. */
  #planned: string | null = null;
  #expected: string | null = null;
  #settlesMs = 0;
  #latestMs = 0;
  #plan: ReadonlyMap<string, string> = new Map();

  /** `settled` is called when it is worth looking again. */
  constructor(client: KeeperClient, debounceMs: number, settled: () => void) {
    this.#client = client;
    this.#debounceMs = debounceMs;
    this.#settled = settled;
  }

  /** The newest plan: who is to have each partition. Empty at first. */
  get value(): ReadonlyMap<string, string> {
    return this.#plan;
  }

  /** True when `value` is the plan for this input; else it will be, if the input stays the same for long enough. */
  offer(input: PlanInput): boolean {
    const text = JSON.stringify(input);
    const nowMs = this.#client.monotonicMs();
    if (text === this.#planned) {
      this.#expected = null;
      return true;
    }
    if (text !== this.#expected) {
      if (this.#expected === null) this.#latestMs = nowMs + PATIENCE * this.#debounceMs;
      this.#expected = text;
      this.#settlesMs = Math.min(nowMs + this.#debounceMs, this.#latestMs);
    }
    if (nowMs < this.#settlesMs) {
      this.#timer?.cancel();
      this.#timer = this.#client.runtime.timers.afterUnref(this.#settlesMs - nowMs, this.#settled);
      return false;
    }
    this.#planned = text;
    this.#expected = null;
    this.#plan = planOf(input.partitions, input.members);
    return true;
  }

  close(): void {
    this.#timer?.cancel();
  }
}
