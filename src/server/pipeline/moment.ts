import type { Clock } from '../../runtime/index.js';

/** The clocks as they were when the bytes at hand came, or the disk was done: asked once for all that is done then. */
export class Moment {
  /** Monotonic. */
  nowMs = 0;
  /** Since the epoch. */
  wallMs = 0;

  read(clock: Clock): void {
    this.nowMs = clock.monotonicMs();
    this.wallMs = clock.wallMs();
  }
}
