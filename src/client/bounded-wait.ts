import type { Timers } from '../runtime/timers.js';
import { onAbort } from './on-abort.js';
import type { WaitOptions } from './client-options.js';

/** What cuts a wait short. */
export interface WaitEnds {
  aborted(reason: unknown): void;
  timedOut(timeoutMs: number): void;
}

/** Why this is no length of a wait, or null. Timers would take it as no time at all, and sums with it are no numbers. */
export function timeoutFault(timeoutMs: number | undefined): string | null {
  if (timeoutMs === undefined || (typeof timeoutMs === 'number' && timeoutMs >= 0)) return null;
  return `timeoutMs is ${timeoutMs}; it must be a number of ms, 0 or more`;
}

/** The same of both ends of a wait. A number in their place would be a wait without an end. */
export function waitFault(options: WaitOptions): string | null {
  if (typeof options !== 'object') return `the options are ${String(options)}; they must be an object: { timeoutMs }`;
  const { signal, timeoutMs } = options;
  if (signal === undefined || typeof (signal as AbortSignal | null)?.aborted === 'boolean')
    return timeoutFault(timeoutMs);
  return `signal is ${JSON.stringify(signal)}; it must be an AbortSignal`;
}

/** Arms the signal and the timeout of a wait; returns how to disarm both. The signal must not be aborted yet. */
export function armWait(timers: Timers, options: WaitOptions, ends: WaitEnds): (() => void) | null {
  const { signal } = options;
  const timeoutMs = options.timeoutMs === Infinity ? undefined : options.timeoutMs;
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
