import { BadArgumentsError } from '../../client/errors.js';

/** A number of permits that may change, such as a SharedCount. */
export interface PermitsSource {
  /** The number now. Undefined, because it is not known yet or not any more, and a value below 0 count as 0. */
  readonly value: number | undefined;
  /** Yields when the value has changed; ends when `signal` aborts. What it yields does not matter. */
  changes(options: { readonly signal: AbortSignal }): AsyncIterable<unknown>;
}

/** Throws unless it is a number of permits, or a source of one. */
export function checkPermits(path: string, permits: number | PermitsSource): void {
  if (typeof permits === 'number' ? isCount(permits) : typeof permits?.changes === 'function') return;
  const wanted = 'it must be a whole number from 1, or have a value and changes()';
  throw new BadArgumentsError({ message: `permits is ${JSON.stringify(permits)}; ${wanted}`, path });
}

/** Throws unless `count` permits can ever be had at once. */
export function checkCount(path: string, count: number, permits: number | PermitsSource): void {
  const max = typeof permits === 'number' ? permits : Infinity;
  if (isCount(count) && count <= max) return;
  const wanted = max === Infinity ? 'a whole number from 1' : `a whole number from 1 to permits, ${max}`;
  throw new BadArgumentsError({ message: `count is ${count}; it must be ${wanted}`, path });
}

export function valueOf(permits: number | PermitsSource): number {
  return Math.max(0, typeof permits === 'number' ? permits : (permits.value ?? 0));
}

/** Resolves when the number is not `seen` any more. Does so for a fixed one never. */
export async function permitsChanged(
  permits: number | PermitsSource,
  seen: number,
  signal: AbortSignal,
): Promise<void> {
  if (typeof permits !== 'number') {
    if (valueOf(permits) !== seen) return;
    for await (const _ of permits.changes({ signal })) {
      if (signal.aborted || valueOf(permits) !== seen) return;
    }
  }
  return new Promise(() => undefined);
}

function isCount(count: number): boolean {
  return Number.isInteger(count) && count >= 1;
}
