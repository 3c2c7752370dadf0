import { onAbort } from '../on-abort.js';

/** Settles as the promise does, or rejects with the signal's reason when that aborts first. Leaves no listener. */
export async function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let leave = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    // The reason is the caller's own and need not be an Error; it is passed on as it is.
    leave = onAbort(signal, () => reject(signal.reason as Error));
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    leave();
  }
}
