import type { Logger } from '../../runtime/index.js';
import type { Tally } from './tally.js';

/** Words of the server's log that are counted. */
const COUNTED: readonly (readonly [start: RegExp, what: string])[] = [
  [/ends with a record that a crash cut off/, 'torn end of the log cut off'],
  [/^Snapshotting: written/, 'snapshot written'],
  [/^Purged/, 'purge'],
  [/^Expiring session/, 'session expired'],
  [/^a snapshot could not be written/, 'snapshot not written'],
  [/the leader will be asked for a snapshot$/, 'cut not possible'],
];
/** Warnings that crashes, slow disks and slow networks give rise to. */
const HARMLESS: readonly RegExp[] = [
  /ends with a record that a crash cut off/,
  /^fsync-ing the write ahead log took/,
  /^an election connection was closed: nobody said who it is/,
  // A leader wants a cut to before a snapshot, or one that does not say of which moment it is: settings may keep that out of it.
  /it does not say whether it has effects of later transactions/,
  /the log cannot be cut back to .*: the leader will be asked for a snapshot$/s,
  // Somebody asked for a change that is none, or comes at the wrong time.
  /^The members stay as they are: /,
];
/** And those for which the disk must have failed. */
const OF_FAILURES: readonly RegExp[] = [
  /^a snapshot could not be written/,
  /^the marker of the last transaction could not be written/,
  /^writing zeros ahead in/,
  /^Purging old snapshots and logs failed/,
  /^Severe unrecoverable error/,
  /^A role could not be left in order/,
  /^The server has not stopped in order/,
];

export interface ServerWordsOptions {
  readonly tally: Tally;
  /** Whether the disk has failed anything that this server asked of it. */
  readonly hasDiskFailed: () => boolean;
  /** It warns of what must not be: data that differ from what was written, above all. */
  readonly alarmed: (message: string) => void;
}

/** The log of a simulated server, listened to: what it only warns of, and serves on, may be damage. */
export function serverLogger({ tally, hasDiskFailed, alarmed }: ServerWordsOptions): Logger {
  const heard = (message: string): void => {
    for (const [start, what] of COUNTED) if (start.test(message)) tally.count(what);
  };
  const warned = (message: string): void => {
    heard(message);
    const says = (words: RegExp): boolean => words.test(message);
    if (!HARMLESS.some(says) && !(OF_FAILURES.some(says) && hasDiskFailed())) alarmed(message);
  };
  return { debug: heard, info: heard, warn: warned, error: warned };
}
