import type { KeeperClient } from '../../client/keeper-client.js';
import { Hold } from '../support/hold.js';
import { ContendedLock } from './contended-lock.js';
import { isReader, placeOfWriter, READER } from './read-write-rules.js';
import type { ReadWriteSetup } from './read-write-rules.js';

/**
 * The half of a read/write lock that many hold at once; see {@link InterProcessReadWriteLock.readLock}. A reader waits for
 * the writers that asked before it, and is granted the lock when the last of them has left.
 *
 * An `owner` that holds the write lock is granted the read lock at once, and keeps it when the write lock is released.
 */
export class ReadLock extends ContendedLock {
  /** @internal The read/write lock makes it. */
  constructor(client: KeeperClient, { line, options, readers, writers }: ReadWriteSetup) {
    super(client, {
      line,
      options,
      owned: readers,
      entryFor: (owner, budget) => {
        const writer = owner === undefined ? null : writers.of(owner);
        if (writer === null) return () => READER;
        const place = placeOfWriter(client, budget, writer);
        return async () => (await place()) ?? READER;
      },
      holdOf: (grant) => new Hold(grant),
      isParticipant: isReader,
    });
  }
}
