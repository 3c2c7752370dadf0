interface Hub {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

const hubs = new WeakMap<AbortSignal, Hub>();

/**
 * Calls `callback` when the signal aborts, at once if it has; returns how to take that back. However many waits share
 * a signal (one of a process that shuts down, one of a session with ten thousand locks), it gets one listener: from
 * the eleventh on Node warns of a leak.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => undefined;
  }
  const hub = hubs.get(signal) ?? openHub(signal);
  hub.callbacks.add(callback);
  return () => {
    hub.callbacks.delete(callback);
    if (hub.callbacks.size > 0) return;
    signal.removeEventListener('abort', hub.listener);
    if (hubs.get(signal) === hub) hubs.delete(signal);
  };
}

function openHub(signal: AbortSignal): Hub {
  const callbacks = new Set<() => void>();
  const listener = (): void => {
    hubs.delete(signal);
    for (const callback of [...callbacks]) callback();
  };
  const hub = { callbacks, listener };
  hubs.set(signal, hub);
  signal.addEventListener('abort', listener, { once: true });
  return hub;
}
