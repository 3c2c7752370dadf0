type Callback = (reason: unknown) => void;

interface Hub {
  readonly callbacks: Set<Callback>;
  readonly listener: () => void;
}

const hubs = new WeakMap<AbortSignal, Hub>();

/**
 * Calls `callback` with the signal's reason when it aborts, at once if it has; returns how to take that back. However many
 * waits share a signal (one of a process that shuts down, one of a session with ten thousand locks), it gets one listener:
 * from the eleventh on Node warns of a leak. The listener goes with the last wait, because a signal that has one is kept
 * alive.
 */
export function onAbort(signal: AbortSignal, callback: Callback): () => void {
  if (signal.aborted) {
    callback(signal.reason);
    return () => undefined;
  }
  const hub = hubs.get(signal) ?? openHub(signal);
  hub.callbacks.add(callback);
  return () => {
    if (!hub.callbacks.delete(callback) || hub.callbacks.size > 0) return;
    hubs.delete(signal);
    signal.removeEventListener('abort', hub.listener);
  };
}

function openHub(signal: AbortSignal): Hub {
  const callbacks = new Set<Callback>();
  const listener = (): void => {
    hubs.delete(signal);
    const waiting = [...callbacks];
    callbacks.clear();
    for (const callback of waiting) callback(signal.reason);
  };
  const hub = { callbacks, listener };
  hubs.set(signal, hub);
  signal.addEventListener('abort', listener, { once: true });
  return hub;
}
