import type { Runtime } from '../runtime/runtime.js';
import type { Call } from './call.js';
import { WakeTimer } from './wake-timer.js';

interface Deadline {
  readonly atMs: number;
  readonly timeoutMs: number;
  readonly call: Call;
}

/** So many entries of settled calls may lie about before they are swept out. */
const SETTLED_KEPT = 64;

/**
 * The deadlines of all calls that have one: a heap with a single timer for the first of them, since a timer a call costs
 * more than the call. A call that settles in time stays in the heap as a husk, until it comes to the top or husks are many.
 */
export class CallDeadlines {
  private readonly runtime: Runtime;
  private readonly expired: (call: Call, timeoutMs: number) => void;
  private readonly timer: WakeTimer;
  /** Binary heap, the earliest first. */
  private readonly heap: Deadline[] = [];
  private pending = 0;

  constructor(runtime: Runtime, expired: (call: Call, timeoutMs: number) => void) {
    this.runtime = runtime;
    this.expired = expired;
    this.timer = new WakeTimer(runtime, (nowMs) => this.expire(nowMs));
  }

  /** Ends the call `timeoutMs` from now, unless it settles before. */
  add(call: Call, timeoutMs: number): void {
    this.dropSettled();
    const atMs = this.runtime.clock.monotonicMs() + timeoutMs;
    this.pending++;
    this.rise({ atMs, timeoutMs, call }, this.heap.length);
    call.disarm = this.onSettled;
    this.timer.arm(atMs);
  }

  /** No call comes any more: once all are settled, nothing is left running. */
  rest(): void {
    if (this.pending > 0) return;
    this.heap.length = 0;
    this.timer.arm(Infinity);
  }

  private readonly onSettled = (): void => {
    this.pending--;
    if (this.heap.length > this.pending * 2 + SETTLED_KEPT) this.sweep();
  };

  private expire(nowMs: number): void {
    for (let first = this.heap[0]; first !== undefined && first.atMs <= nowMs; first = this.heap[0]) {
      this.removeFirst();
      if (!first.call.settled) this.expired(first.call, first.timeoutMs);
    }
    this.dropSettled();
    const first = this.heap[0];
    if (first !== undefined) this.timer.arm(first.atMs);
  }

  private dropSettled(): void {
    while (this.heap[0]?.call.settled === true) this.removeFirst();
  }

  /** Sorted is a heap too. */
  private sweep(): void {
    const { heap } = this;
    const waiting = heap.filter(({ call }) => !call.settled).sort((one, other) => one.atMs - other.atMs);
    heap.length = 0;
    heap.push(...waiting);
  }

  private removeFirst(): void {
    const last = this.heap.pop();
    if (last !== undefined && this.heap.length > 0) this.sink(last);
  }

  /** Puts it into the hole at `index`, or above. */
  private rise(deadline: Deadline, index: number): void {
    const { heap } = this;
    let hole = index;
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.atMs <= deadline.atMs) break;
      heap[hole] = parent;
      hole = above;
    }
    heap[hole] = deadline;
  }

  /** Puts it into the hole at the top, or below. */
  private sink(deadline: Deadline): void {
    const { heap } = this;
    let hole = 0;
    for (;;) {
      const left = heap[2 * hole + 1];
      const right = heap[2 * hole + 2];
      const child = right !== undefined && left !== undefined && right.atMs < left.atMs ? right : left;
      if (child === undefined || child.atMs >= deadline.atMs) break;
      heap[hole] = child;
      hole = child === left ? 2 * hole + 1 : 2 * hole + 2;
    }
    heap[hole] = deadline;
  }
}
