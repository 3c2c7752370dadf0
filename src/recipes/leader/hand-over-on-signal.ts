import { timeoutFault } from '../../client/bounded-wait.js';
import type { WaitOptions } from '../../client/client-options.js';
import { BadArgumentsError, TimeoutError } from '../../client/errors.js';
import { nodeRuntime } from '../../runtime/node-runtime.js';
import { errorHook } from '../support/error-hook.js';
import type { ErrorHook } from '../support/error-hook.js';

/** What can be handed over: a latch, a selector, a partitioner, a client. */
export interface Closable {
  /** Gives up what it has. Asked to within `timeoutMs`, and not waited for any longer; what it rejects with goes to `onError`. */
  close(options?: WaitOptions & { readonly timeoutMs?: number }): Promise<void>;
}

/** Which signals are heard, and how long a hand-over may take. */
export interface HandOverOptions {
  /** Default SIGTERM and SIGINT. */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
  /** How long each `close()` may take, ms. Default 5000. */
  readonly timeoutMs?: number | undefined;
  /** Hears of a `close()` that failed or took too long; the next one is closed all the same. Default: a process warning. */
  readonly onError?: ErrorHook | undefined;
}

const TIMEOUT_MS = 5000;

/**
 * When the process is told to end, closes these, one after the other, so that the next leader need not wait for the end of a
 * session: give selectors and latches first, and their client last. Then the process ends by that signal as it would have
 * at once, unless somebody else listens for the signal too; a second signal while this goes on ends it without waiting.
 *
 * No handler is installed before this is called. Returns how to take them back. Throws a BadArgumentsError for what cannot be
 * closed, and for a `timeoutMs` that is none.
 */
export function handOverOnSignal(closables: readonly Closable[], options: HandOverOptions = {}): () => void {
  const { signals = ['SIGTERM', 'SIGINT'], timeoutMs = TIMEOUT_MS } = options;
  const fault = timeoutFault(timeoutMs);
  if (fault !== null) throw new BadArgumentsError({ message: `handOverOnSignal: ${fault}` });
  checkClosables(closables);
  const report = errorHook(options.onError, {
    code: 'PINFOLD_HAND_OVER',
    path: signals.join(', '),
  });
  const handOver = async (signal: NodeJS.Signals): Promise<void> => {
    // From here on a second signal does what signals do.
    takeBack();
    const isAlone = process.listenerCount(signal) === 0;
    for (const closable of closables) {
      try {
        await closeWithin(closable, timeoutMs);
      } catch (error) {
        report(error);
      }
    }
    if (isAlone) process.kill(process.pid, signal);
  };
  const handlers = signals.map((signal) => ({ signal, handle: (): void => void handOver(signal) }));
  const takeBack = (): void => {
    for (const { signal, handle } of handlers) process.off(signal, handle);
  };
  for (const { signal, handle } of handlers) process.on(signal, handle);
  return takeBack;
}

function checkClosables(closables: readonly Closable[]): void {
  const isClosable = (each: Closable | null | undefined): boolean => typeof each?.close === 'function';
  if (Array.isArray(closables) && closables.every(isClosable)) return;
  throw new BadArgumentsError({ message: 'handOverOnSignal: closables must be a list of what has a close()' });
}

/** Some take longer than they are asked to; a process that was told to end must not wait for them. */
async function closeWithin(closable: Closable, timeoutMs: number): Promise<void> {
  const closing = closable.close({ timeoutMs });
  if (timeoutMs === Infinity) return closing;
  let stop = (): void => undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `close: it was not closed within ${timeoutMs} ms`;
    const timer = nodeRuntime().timers.after(timeoutMs, () => reject(new TimeoutError({ op: 'close', message })));
    stop = () => timer.cancel();
  });
  try {
    await Promise.race([closing, late]);
  } finally {
    stop();
  }
}
