/**
 * Runs `fn` with something held, and releases that in any case. Settles as `fn` does: what went wrong in there matters
 * more than a release that fails on top of it.
 */
export async function runHolding<Held extends { release(): Promise<void> }, T>(
  held: Held,
  fn: (held: Held) => T | Promise<T>,
): Promise<T> {
  let result: T;
  try {
    result = await fn(held);
  } catch (error) {
    await held.release().catch(() => undefined);
    throw error;
  }
  await held.release();
  return result;
}
