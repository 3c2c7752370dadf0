type Callback = (reason: unknown) => void;

interface Wait {
  readonly callbacks: Set<Callback>;
  readonly listener: () => void;
}

/**
 * One listener a signal, however many calls and clients share it: Node warns of a leak at the eleventh. The listener
 * goes with the last wait, because a signal that has one is kept alive.
 */
const waits = new WeakMap<AbortSignal, Wait>();

/** Calls back once when the signal aborts, with its reason. Returns how to stop waiting. For signals not yet aborted. */
export function onAbort(signal: AbortSignal, callback: Callback): () => void {
  const wait = waits.get(signal) ?? listenTo(signal);
  wait.callbacks.add(callback);
  return () => {
    if (!wait.callbacks.delete(callback) || wait.callbacks.size > 0) return;
    waits.delete(signal);
    signal.removeEventListener('abort', wait.listener);
  };
}

function listenTo(signal: AbortSignal): Wait {
  const callbacks = new Set<Callback>();
  const listener = (): void => {
    waits.delete(signal);
    const waiting = [...callbacks];
    callbacks.clear();
    for (const callback of waiting) callback(signal.reason);
  };
  signal.addEventListener('abort', listener, { once: true });
  const wait = { callbacks, listener };
  waits.set(signal, wait);
  return wait;
}
