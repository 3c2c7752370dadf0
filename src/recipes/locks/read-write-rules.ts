import type { KeeperClient } from '../../client/keeper-client.js';
import type { Grant } from '../support/grant.js';
import type { Line } from '../support/line.js';
import type { OwnedGrants } from '../support/owned-grants.js';
import { retry } from '../../client/support/retry.js';
import { placeOf, sortKey } from '../support/sequencer.js';
import type { Contender } from '../support/sequencer.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';
import type { LockOptions } from './contended-lock.js';
import type { Entry } from './lock-attempt.js';

/** Curator's, of equal length. */
export const WRITE_NAME = '__WRIT__';
const READ_NAME = '__READ__';
/** A downgraded reader has the number of its writer, and comes after it. */
export const LOCK_NAMES: readonly string[] = [WRITE_NAME, READ_NAME];

/** What the two halves of one read/write lock share. */
export interface ReadWriteSetup {
  readonly line: Line;
  readonly options: LockOptions;
  readonly readers: OwnedGrants;
  readonly writers: OwnedGrants;
}

export function isWriter({ lockName }: Contender): boolean {
  return lockName === LOCK_NAMES.indexOf(WRITE_NAME);
}

export function isReader({ lockName }: Contender): boolean {
  return lockName === LOCK_NAMES.indexOf(READ_NAME);
}

/** Waits for everybody before it, reader or writer. */
export const WRITER: Entry = { name: WRITE_NAME };

/**
 * Waits for the writers before it. It watches the nearest of them, which is the last to be granted the lock: so it wakes
 * once, however many there are, unless that one gives up.
 */
export const READER: Entry = {
  name: READ_NAME,
  rule: (own, contenders) => placeOf(own, contenders, isWriter),
};

/**
 * How a reader takes the place of a writer, for as long as that holds the lock; null when it does not. The place is checked
 * when it is taken: only when it was gone by then, and an entry is asked for again, the server is asked about the writer.
 */
export function placeOfWriter(client: KeeperClient, budget: WaitBudget, writer: Grant): () => Promise<Entry | null> {
  let isHeld = async (): Promise<boolean> => {
    isHeld = () => retry(client, budget, () => writer.verify());
    return writer.isHeld();
  };
  return async () => ((await isHeld()) ? readerBeside(writer) : null);
}

/**
 * A reader in the place of a writer that holds the lock: its node takes the writer's number, so that it is before all who
 * came after the writer, and need not wait. It counts only if the writer's node is still there when its own is: otherwise
 * somebody else may have been granted the lock in between.
 *
 * Its token is the writer's. That of its own node could be larger than that of a writer who is waiting already, and what is
 * fenced would then refuse that writer.
 */
function readerBeside(writer: Grant): Entry {
  const { name: writerName } = writer.node;
  return {
    name: `${READ_NAME}${sortKey(writerName, LOCK_NAMES)}`,
    mode: 'ephemeral',
    token: writer.token,
    rule: (own, contenders) => {
      if (!contenders.some(({ name }) => name === writerName)) return { kind: 'missing' };
      return placeOf(own, contenders, (other) => isWriter(other) && other.name !== writerName);
    },
  };
}
