import type { WaitOptions } from '../../client/client-options.js';
import { errorHook } from '../support/error-hook.js';
import type { ErrorHook } from '../support/error-hook.js';

/** What can be handed over: a latch, a selector, a client. */
export interface Closable {
  /** Gives up what it has. Asked to within `timeoutMs`; what it rejects with goes to `onError`. */
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
 * No handler is installed before this is called. Returns how to take them back.
 */
export function handOverOnSignal(closables: readonly Closable[], options: HandOverOptions = {}): () => void {
  const { signals = ['SIGTERM', 'SIGINT'], timeoutMs = TIMEOUT_MS } = options;
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
        await closable.close({ timeoutMs });
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
