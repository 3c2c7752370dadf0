import { createHash } from 'node:crypto';
import type { NewSimEvent, SimEvent } from './history.js';

/** Writes down what happens in a world, in order. */
export class Recorder {
  readonly events: SimEvent[] = [];
  private readonly clock: { readonly nowMs: number };
  private readonly observe: (event: SimEvent) => void;
  private lastNumber = 0;

  constructor(clock: { readonly nowMs: number }, observe: (event: SimEvent) => void) {
    this.clock = clock;
    this.observe = observe;
  }

  record(event: NewSimEvent): void {
    const recorded = { ...event, index: this.events.length, atMs: this.clock.nowMs } as SimEvent;
    this.events.push(recorded);
    this.observe(recorded);
  }

  fault(what: string): void {
    this.record({ kind: 'fault', what });
  }

  /** A number that nothing else in this world has: for calls, watches and connections. */
  nextNumber(): number {
    return (this.lastNumber += 1);
  }

  /** The same history has the same. */
  fingerprint(): string {
    const hash = createHash('sha256');
    for (const event of this.events) hash.update(textOf(event));
    return hash.digest('hex').slice(0, 16);
  }
}

function textOf(event: SimEvent): string {
  return JSON.stringify(event, (_, value: unknown) => (typeof value === 'bigint' ? `0x${hex(value)}` : value));
}

function hex(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16);
}
