import { BadArgumentsError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { checkGrantOptions, checkLockPath } from '../support/check-arguments.js';
import { Hold } from '../support/hold.js';
import { Line } from '../support/line.js';
import { OwnedGrants } from '../support/owned-grants.js';
import { ContendedLock } from './contended-lock.js';
import type { LockOptions } from './contended-lock.js';

/** Options of a mutex. */
export interface InterProcessMutexOptions extends LockOptions {
  /** What the contenders' names contain. Default `lock-`, as Curator's. */
  readonly lockName?: string | undefined;
}

/**
 * A lock among processes: at most one holds it, in the order in which they asked. Uses the znodes of Curator's
 * InterProcessMutex, so Java processes can take turns with it on the same path.
 *
 * One object can serve any number of callers, and each `acquire()` is one contender. It is not re-entrant unless an
 * `owner` is given: a second `acquire()` inside the lock waits for the first to be released.
 */
export class InterProcessMutex extends ContendedLock {
  /** `path` is the lock: made when needed, and removed by the server some time after its last use. */
  constructor(client: KeeperClient, path: string, options: InterProcessMutexOptions = {}) {
    const { lockName = 'lock-' } = options;
    checkLockPath(path, lockName);
    if (typeof lockName !== 'string' || lockName === '' || lockName.includes('/')) {
      throw new BadArgumentsError({
        message: `lockName is ${JSON.stringify(lockName)}; it must be part of a name`,
        path,
      });
    }
    checkGrantOptions(path, options);
    super(client, {
      line: new Line(client, { path, lockName }),
      options,
      owned: new OwnedGrants(),
      entryFor: () => () => ({ name: lockName }),
      holdOf: (grant) => new Hold(grant),
      isParticipant: () => true,
    });
  }
}
