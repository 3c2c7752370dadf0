/** A pending call. */
export interface Timer {
  /** Does nothing once the call was made. */
  cancel(): void;
}

/** The only source of "later" in this project, so that a simulator can own time. */
export interface Timers {
  /** Calls `fn` once, at least `ms` from now. */
  after(ms: number, fn: () => void): Timer;
  /** Like {@link after}, but does not keep the process alive. */
  afterUnref(ms: number, fn: () => void): Timer;
  /** Calls `fn` when all input of this turn of the event loop has been handed out. */
  atTurnEnd(fn: () => void): void;
}
