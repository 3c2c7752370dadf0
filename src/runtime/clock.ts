/** The two clocks of a process. */
export interface Clock {
  /** Epoch ms, as an integer: for what is shown and logged. May jump. */
  wallMs(): number;
  /** Ms since an arbitrary start; never jumps back. For every deadline. */
  monotonicMs(): number;
}
