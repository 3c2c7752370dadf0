// One server alone, started and timed to its first answer.
import { firstSession } from './first-session.mjs';
import { freePort } from './free-port.mjs';
import { newHome, startServer } from './server.mjs';

/** @import { Product } from './server.mjs' */

export const START_TIMEOUT_MS = 180_000;

/**
 * @param {Product} product
 * @param {{ home?: string, config?: Record<string, string | number | boolean> }} [options] `home`: the folder of an earlier server of this product
 */
export async function launch(product, { home = newHome(), config = {} } = {}) {
  const port = await freePort();
  const startedMs = performance.now();
  const server = startServer(product, { home, port, config });
  try {
    await firstSession(port, { timeoutMs: START_TIMEOUT_MS, given: () => server.hasEnded() });
  } catch (error) {
    await server.kill();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${product.name} did not start: ${reason}\n${server.logTail()}`, { cause: error });
  }
  server.startMs = performance.now() - startedMs;
  return server;
}
