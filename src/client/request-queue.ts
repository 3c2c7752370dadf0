import type { Call } from './call.js';
import { Fifo } from '../runtime/fifo.js';

export interface RequestQueueLimits {
  readonly inFlightMax: number;
  readonly queuedMax: number;
  readonly queuedBytesMax: number;
}

const XID_MAX = 2 ** 31 - 1;

/**
 * Calls in the order they were made: those waiting to be sent, and those sent whose replies come in the same order. A call
 * given up while it waits stays in the line as a husk, so that giving up costs nothing; husks are swept out when they are
 * many.
 */
export class RequestQueue {
  private readonly limits: RequestQueueLimits;
  private readonly waiting = new Fifo<Call>();
  private readonly inFlight = new Fifo<Call>();
  private waitingBytes = 0;
  private husks = 0;
  private lastXid = 0;

  constructor(limits: RequestQueueLimits) {
    this.limits = limits;
  }

  get hasWaiting(): boolean {
    return this.waiting.length > this.husks;
  }

  /** More may be sent before an answer comes. */
  get hasWindow(): boolean {
    return this.inFlight.length < this.limits.inFlightMax;
  }

  get oldestInFlight(): Call | undefined {
    return this.inFlight.peek();
  }

  /** Lines up an encoded call; false when there is no room. */
  wait(call: Call): boolean {
    const bytes = call.frame?.length ?? 0;
    if (this.waiting.length - this.husks >= this.limits.queuedMax) return false;
    if (this.waitingBytes + bytes > this.limits.queuedBytesMax) return false;
    this.waiting.push(call);
    this.waitingBytes += bytes;
    return true;
  }

  /** The oldest call that still wants to be sent. */
  takeWaiting(): Call | undefined {
    for (;;) {
      const call = this.waiting.shift();
      if (call === undefined) return undefined;
      if (call.frame !== null) this.waitingBytes -= call.frame.length;
      if (!call.settled) return call;
      this.husks--;
    }
  }

  /** A waiting call was given up by its caller. */
  abandon(call: Call): void {
    this.waitingBytes -= call.frame?.length ?? 0;
    call.frame = null;
    this.husks++;
    if (this.husks > 1000 && this.husks * 2 > this.waiting.length) {
      this.waiting.retain((each) => !each.settled);
      this.husks = 0;
    }
  }

  /** Gives the call its xid and its place among those that await replies. */
  send(call: Call, nowMs: number): void {
    this.lastXid = this.lastXid >= XID_MAX ? 1 : this.lastXid + 1;
    call.xid = this.lastXid;
    call.sentAtMs = nowMs;
    call.isSent = true;
    call.frame = null;
    this.inFlight.push(call);
  }

  /** The call that a reply with this xid belongs to: the oldest. Undefined when it is another's, which no server does. */
  answer(xid: number): Call | undefined {
    return this.inFlight.peek()?.xid === xid ? this.inFlight.shift() : undefined;
  }

  takeAllInFlight(): Call[] {
    return this.inFlight.drain();
  }

  takeAllWaiting(): Call[] {
    const calls = this.waiting.drain().filter((call) => !call.settled);
    this.waitingBytes = 0;
    this.husks = 0;
    return calls;
  }
}
