import type { Timers } from '../runtime/timers.js';
import { onAbort } from './abort-signals.js';
import type { WaitOptions } from './client-options.js';

/** What cuts a wait short. */
export interface WaitEnds {
  aborted(reason: unknown): void;
  timedOut(timeoutMs: number): void;
}

/** Arms the signal and the timeout of a wait; returns how to disarm both. The signal must not be aborted yet. */
export function armWait(timers: Timers, options: WaitOptions, ends: WaitEnds): (() => void) | null {
  const { signal, timeoutMs } = options;
  if (signal === undefined && timeoutMs === undefined) return null;
  const disarm = (): void => {
    stopListening?.();
    timer?.cancel();
  };
  const stopListening =
    signal &&
    onAbort(signal, (reason) => {
      disarm();
      ends.aborted(reason);
    });
  const timer =
    timeoutMs === undefined
      ? undefined
      : timers.after(timeoutMs, () => {
          disarm();
          ends.timedOut(timeoutMs);
        });
  return disarm;
}
