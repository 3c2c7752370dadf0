import { describe, test } from 'vitest';
import { apachePresent, startApache } from './apache.js';
import { startPinfold } from './pinfold.js';
import type { Product, ServerOptions, ServerProcess } from './server-process.js';

/** Both servers, Apache first: a session that fails there is wrong itself. */
export const PRODUCTS: readonly Product[] = ['apache', 'pinfold'];

export async function startServer(product: Product, options: ServerOptions = {}): Promise<ServerProcess> {
  return product === 'apache' ? startApache(options) : startPinfold(options);
}

/** Runs `body` with a server of its own, which is stopped cleanly afterwards, whatever happened. */
export async function withServer<T>(
  product: Product,
  options: ServerOptions,
  body: (server: ServerProcess) => Promise<T>,
): Promise<T> {
  const server = await startServer(product, options);
  let result: T;
  try {
    result = await body(server);
  } catch (error) {
    await server.kill();
    throw new Error(`against ${product}; the server said: ${server.process.describe()}`, { cause: error });
  }
  await server.stop();
  return result;
}

/** A `describe` that needs foreign packages beside Apache's server. */
export function describeWithPeers(name: string, present: readonly (() => string | null)[], body: () => void): void {
  describeWhere(name, [apachePresent, ...present], body);
}

/** A `describe` that needs foreign packages: where one is missing, a skipped test names it, and the summary repeats it. */
export function describeWhere(name: string, present: readonly (() => string | null)[], body: () => void): void {
  const missing = present.map((ask) => ask()).filter((reason) => reason !== null);
  describe(name, () => {
    if (missing.length === 0) body();
    else test.skip(`NOT RUN: ${[...new Set(missing)].join('; ')}`, () => undefined);
  });
}
