import { BadArgumentsError } from '../../client/errors.js';
import { childOf, pathFault } from '../../protocol/paths.js';
import type { GrantOptions } from './grant.js';

/** Throws unless contenders called `name` can stand in line below the path. */
export function checkLockPath(path: string, name: string): void {
  const fault = pathFault(path) ?? pathFault(childOf(path, `${name}0`));
  if (fault !== null) throw new BadArgumentsError({ message: `path of a lock: ${fault}`, path });
}

/** Throws unless these options can be used. `path` is for the message. */
export function checkGrantOptions(path: string, options: GrantOptions): void {
  const { deadlineMarginMs = 0, onSuspended = 'wait-for-deadline' } = options;
  if (!(typeof deadlineMarginMs === 'number' && deadlineMarginMs >= 0)) {
    throw new BadArgumentsError({ message: `deadlineMarginMs is ${deadlineMarginMs}; it must be 0 or more`, path });
  }
  if (!['abort', 'wait-for-deadline'].includes(onSuspended)) {
    throw new BadArgumentsError({
      message: `onSuspended is ${onSuspended}; it must be abort or wait-for-deadline`,
      path,
    });
  }
}

/** Throws unless it can name a znode. */
export function checkPath(path: string): void {
  const fault = typeof path === 'string' ? pathFault(path) : `the path ${String(path)} is not a string`;
  if (fault !== null) throw new BadArgumentsError({ message: fault, path: String(path) });
}
