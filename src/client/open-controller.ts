import { setMaxListeners } from 'node:events';

/**
 * A controller whose signal goes to callers. However many of them listen to it, or hand it to a dozen requests, Node warns
 * of no leak.
 */
export function openController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
