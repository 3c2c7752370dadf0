import type { Cuts } from './cuts.js';
import type { SimulateOptions, SimulationResult } from './simulation.js';
import { simulate } from './simulation.js';

/** No trouble at all is too short to be of use. */
const DURATION_MIN_MS = 20;

export interface ShrinkOptions {
  /** So many worlds are tried. */
  readonly runsMax: number;
  /** Called for each of them. */
  readonly tried?: () => void;
  /** By default {@link simulate}. */
  readonly play?: (options: SimulateOptions) => Promise<SimulationResult>;
}

/**
 * Looks for less of a failed world that breaks the same promise: a shorter time, fewer users, fewer faults. A world without a
 * fault goes another way from there on, so this is a search and not a cutting: what does not help is tried, and left.
 */
export async function shrink(failed: SimulationResult, options: ShrinkOptions): Promise<SimulationResult> {
  return new Shrinking(failed, options).run();
}

class Shrinking {
  private best: SimulationResult;
  private readonly rule: string;
  private readonly options: ShrinkOptions;
  private runs = 0;

  constructor(failed: SimulationResult, options: ShrinkOptions) {
    this.best = failed;
    this.rule = failed.violations[0]?.rule ?? '';
    this.options = options;
  }

  async run(): Promise<SimulationResult> {
    let before: SimulationResult;
    do {
      before = this.best;
      await this.shorten();
      await this.dropUsers();
      await this.dropFaults();
    } while (this.best !== before && this.runs < this.options.runsMax);
    return this.best;
  }

  private async shorten(): Promise<void> {
    const { plan, virtualMs } = this.best;
    if (virtualMs < plan.durationMs) await this.improves({ durationMs: Math.ceil(virtualMs) });
    for (;;) {
      const durationMs = Math.floor(this.best.plan.durationMs / 2);
      if (durationMs < DURATION_MIN_MS || !(await this.improves({ durationMs }))) return;
    }
  }

  private async dropUsers(): Promise<void> {
    const { dataUsers, lockUsers } = this.best.plan;
    for (let fewer = 0; fewer < lockUsers; fewer++) if (await this.improves({ lockUsers: fewer })) break;
    for (let fewer = 0; fewer < dataUsers; fewer++) if (await this.improves({ dataUsers: fewer })) break;
  }

  /** Many at once, then fewer and fewer. */
  private async dropFaults(): Promise<void> {
    const leftOut = new Set(this.best.options.cuts?.leftOut);
    const numbers = Array.from({ length: this.best.faultCount }, (_, number) => number);
    let kept = numbers.filter((number) => !leftOut.has(number));
    for (let size = kept.length; size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < kept.length;) {
        const without = [...kept.slice(0, at), ...kept.slice(at + size)];
        const dropped = numbers.filter((number) => !without.includes(number));
        if (await this.improves({ leftOut: dropped })) kept = without;
        else at += size;
        if (this.runs >= this.options.runsMax) return;
      }
    }
  }

  private async improves(more: Cuts): Promise<boolean> {
    if (this.runs >= this.options.runsMax) return false;
    this.runs += 1;
    this.options.tried?.();
    const { options } = this.best;
    const { play = simulate } = this.options;
    const result = await play({ ...options, cuts: { ...options.cuts, ...more } });
    if (!result.violations.some(({ rule }) => rule === this.rule)) return false;
    this.best = result;
    return true;
  }
}
