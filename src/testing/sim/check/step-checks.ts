import type { SimEvent, Violation } from '../history.js';
import { Locks } from './locks.js';
import { Recoveries } from './recoveries.js';
import { WireOrder } from './wire-order.js';

/** What needs no look ahead: fed with each event as it happens, it speaks up at once. */
export class StepChecks {
  private readonly checks: readonly { see(event: SimEvent): void }[];

  constructor(onViolation: (violation: Violation) => void) {
    this.checks = [new WireOrder(onViolation), new Recoveries(onViolation), new Locks(onViolation)];
  }

  see(event: SimEvent): void {
    for (const check of this.checks) check.see(event);
  }
}
