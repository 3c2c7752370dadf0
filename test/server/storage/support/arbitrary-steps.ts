import fc from 'fast-check';
import type { Step } from './workload.js';

/** Workloads of up to a few dozen transactions of every type. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.tuple(fc.nat(9), fc.nat(1000), fc.oneof(fc.nat(20), fc.nat(2000)), fc.nat(1000)),
  { maxLength: 60 },
);
