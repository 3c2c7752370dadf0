import type { ConnectionState } from './connection-states.js';

/** Which connection states count as failures, for those who must stop when they cannot be sure. */
export interface ConnectionStateErrorPolicy {
  /** Whether who relies on the ensemble has to stop in this state. */
  isErrorState(state: ConnectionState): boolean;
  /** What recipes take as `onSuspended` under this policy. */
  readonly onSuspended: 'abort' | 'wait-for-deadline';
}

/** Curator's StandardConnectionStateErrorPolicy: SUSPENDED and LOST are failures. Stops more often than it has to. */
export const standardErrorPolicy: ConnectionStateErrorPolicy = {
  isErrorState: (state) => state === 'SUSPENDED' || state === 'LOST',
  onSuspended: 'abort',
};

/**
 * Curator's SessionConnectionStateErrorPolicy: only LOST is a failure. Watch it alone, and you may learn of the loss after
 * somebody else has begun; recipes do not depend on it, because their holds end by the clock.
 */
export const sessionErrorPolicy: ConnectionStateErrorPolicy = {
  isErrorState: (state) => state === 'LOST',
  onSuspended: 'wait-for-deadline',
};
