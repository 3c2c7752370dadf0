import type { SimEvent } from '../../../src/testing/sim/history.js';
import { lineOf } from '../../../src/testing/sim/story.js';

/** Of what the clients heard: the last things before the end. */
const FRAMES = 60;
const NOTES = 400;
/** Told from beginning to end; of the others there are too many. */
const TOLD: readonly SimEvent['kind'][] = ['fault', 'server', 'death', 'stall', 'session'];

interface Told {
  readonly index: number;
  readonly line: string;
}

/** What happens in the world of a trial, and what is broken there. */
export class TrialStory {
  readonly violations: string[] = [];
  readonly #nowMs: () => number;
  readonly #events: Told[] = [];
  #notes: Told[] = [];
  #frames: SimEvent[] = [];
  #index = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  violated(rule: string, message: string): void {
    this.violations.push(`${rule}: ${message} (at ${this.#nowMs().toFixed(2)} ms)`);
  }

  see(event: SimEvent): void {
    this.#index = event.index;
    if (TOLD.includes(event.kind)) this.#events.push({ index: event.index, line: lineOf(event) });
    else this.#frames = latest(this.#frames, event, FRAMES);
  }

  note(message: string): void {
    const line = `  ${this.#index} ${this.#nowMs().toFixed(2)} ms  ${message}`;
    this.#notes = latest(this.#notes, { index: this.#index, line }, NOTES);
  }

  /** With the command that plays it again. */
  text(replay: string): string {
    const frames = this.#frames.slice(-FRAMES).map((event) => ({ index: event.index, line: lineOf(event) }));
    const told = [...this.#events, ...this.#notes.slice(-NOTES), ...frames].sort((a, b) => a.index - b.index);
    return [
      'what happened:',
      ...told.map(({ line }) => line),
      'violated:',
      ...this.violations.map((each) => `  ${each}`),
      `replay: ${replay}`,
    ].join('\n');
  }
}

/** Twice as many as are wanted are kept for a while: cutting at every one would cost more. */
function latest<T>(list: T[], item: T, count: number): T[] {
  list.push(item);
  return list.length > 2 * count ? list.slice(-count) : list;
}
