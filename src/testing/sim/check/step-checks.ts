import type { SimEvent, Violation } from '../history.js';
import type { Servers } from './calls.js';
import { Locks } from './locks.js';
import { Recoveries } from './recoveries.js';
import { WireOrder } from './wire-order.js';

/** What needs no look ahead: fed with each event as it happens, it speaks up at once. */
export class StepChecks {
  private readonly checks: readonly { see(event: SimEvent): void }[];

  /** What one of several servers knows when it starts is little; what its leader must know, the ensemble's judge knows. */
  constructor(onViolation: (violation: Violation) => void, servers: Servers = 'one') {
    const recoveries = servers === 'one' ? [new Recoveries(onViolation)] : [];
    this.checks = [new WireOrder(onViolation), new Locks(onViolation), ...recoveries];
  }

  see(event: SimEvent): void {
    for (const check of this.checks) check.see(event);
  }
}
