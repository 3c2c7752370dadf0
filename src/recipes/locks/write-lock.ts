import { BadArgumentsError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { ContendedLock } from './contended-lock.js';
import { isWriter, WRITER } from './read-write-rules.js';
import type { ReadWriteSetup } from './read-write-rules.js';
import { WriteHold } from './write-hold.js';

/**
 * The half of a read/write lock that one holds alone; see {@link InterProcessReadWriteLock.writeLock}. A writer waits for
 * everybody who asked before it.
 */
export class WriteLock extends ContendedLock<WriteHold> {
  /** @internal The read/write lock makes it. */
  constructor(client: KeeperClient, setup: ReadWriteSetup) {
    const { line, options, readers, writers } = setup;
    super(client, {
      line,
      options,
      owned: writers,
      entryFor: (owner) => {
        if (owner !== undefined && readers.of(owner) !== null) {
          const message =
            'this owner holds the read lock, and would wait for itself: release it, then ask for the write lock';
          throw new BadArgumentsError({ message, path: line.path });
        }
        return () => WRITER;
      },
      holdOf: (grant, owner) => new WriteHold(grant, owner, setup),
      isParticipant: isWriter,
    });
  }
}
