import { BadArgumentsError } from '../../client/errors.js';
import { pathFault } from '../../protocol/paths.js';

/** Throws a BadArgumentsError unless it can be the path of a node below the root. `what` names it: `path of a queue`. */
export function checkPath(path: string, what: string): void {
  const fault = typeof path === 'string' ? pathFault(path) : `${String(path)} is no text`;
  const why = fault ?? (path === '/' ? 'the root cannot be one' : null);
  if (why !== null) throw new BadArgumentsError({ message: `${what}: ${why}`, path: String(path) });
}
