import { BadVersionError, KeeperError, NoNodeError, OutcomeUnknownError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { Acl } from '../../protocol/acl.js';
import { parentOf } from '../../protocol/paths.js';
import type { Stat } from '../../protocol/stat.js';
import { Backoff } from '../../client/support/backoff.js';
import { createContainers } from '../support/create-containers.js';
import { isUncertain, marked, markersOf } from '../support/marked-commit.js';
import { isRetryable, retry } from '../../client/support/retry.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';

/** A node's content as it was read. */
export interface Content {
  readonly data: Buffer;
  readonly stat: Stat;
}

/** Where a value lives, and how it is written. */
export interface ValuePlace {
  readonly path: string;
  readonly acl: readonly Acl[] | undefined;
  readonly parentAcl: readonly Acl[] | undefined;
  /** Each write takes a marker with it that tells afterwards whether it was carried out. */
  readonly exactlyOnce: boolean;
}

/** What one write is told from another by. */
export type WriteMark = Pick<Stat, 'czxid' | 'mzxid' | 'version'>;

export interface ValueWrite {
  /** What was read before: it must still be there. Null: there was no node, and one is to be made. */
  readonly seen: WriteMark | null;
  readonly data: Buffer;
  /** Setting a value is done when it is there, whoever wrote it; adding to one is not. */
  readonly equalIsDone: boolean;
}

/** `done`: written. `refused`: somebody else was first, and it is not written. */
export type WriteOutcome = { readonly kind: 'done'; readonly stat: Stat | null } | { readonly kind: 'refused' };

const NOTHING = Buffer.alloc(0);
const REFUSED: WriteOutcome = { kind: 'refused' };
/** On the wire this version means any. A node has it after 2^32 - 1 writes. */
const VERSION_ANY = -1;

/** What the node holds; null when there is none. `isSynced`: nothing is missing that was written before this call. */
export function readContent(
  client: KeeperClient,
  budget: WaitBudget,
  { path, isSynced }: { readonly path: string; readonly isSynced: boolean },
): Promise<Content | null> {
  return retry(client, budget, async (wait) => {
    const synced = isSynced ? client.sync(path, wait) : undefined;
    const [read] = await Promise.all([client.getData(path, wait).catch(orNull), synced]);
    return read === null ? null : { data: read.data ?? NOTHING, stat: read.stat };
  });
}

/**
 * Writes a value if nobody else has since `seen`. A write whose answer is lost is not repeated blindly: what is there
 * afterwards says in most cases whether it was carried out, and an OutcomeUnknownError says so in the others. The budget
 * must be committed.
 */
export class ValueWriter {
  readonly #client: KeeperClient;
  readonly #budget: WaitBudget;
  readonly #place: ValuePlace;

  constructor(client: KeeperClient, budget: WaitBudget, place: ValuePlace) {
    this.#client = client;
    this.#budget = budget;
    this.#place = place;
  }

  async write(write: ValueWrite): Promise<WriteOutcome> {
    refuseWornVersion(this.#place.path, write);
    const backoff = new Backoff(this.#client);
    let doubt: unknown = null;
    for (;;) {
      this.#budget.throwIfSpent();
      try {
        return { kind: 'done', stat: await this.#send(write) };
      } catch (error) {
        if (isUncertain(error, this.#budget)) {
          doubt = error;
        } else if (!isRefusal(error)) {
          if (!isRetryable(error)) throw error;
        } else if (write.seen === null && codeOf(error) === 'NO_NODE') {
          await createContainers(this.#client, this.#budget, this.#parent());
          continue;
        } else if (doubt === null) {
          return REFUSED;
        }
      }
      // Also after a refusal: what stood in the way may have been an earlier attempt that arrived late.
      if (doubt !== null) {
        const found = await this.#resolve(write, doubt);
        if (found !== 'not done') return found;
      }
      await backoff.wait(this.#budget.signal);
    }
  }

  async #send({ seen, data }: ValueWrite): Promise<Stat | null> {
    const { path, acl, exactlyOnce } = this.#place;
    const version = seen?.version;
    const wait = { signal: this.#budget.signal };
    if (exactlyOnce) {
      const results = await marked(this.#client, this.#budget, {
        place: markersOf(path),
        fill: (step) => (seen === null ? step.create(path, data, { acl }) : step.setData(path, data, { version })),
      });
      const [result] = results ?? [];
      return result?.type === 'setData' || result?.type === 'create' ? result.stat : null;
    }
    if (seen !== null) return this.#client.setData(path, data, { version, ...wait });
    return (await this.#client.create(path, data, { acl, ...wait })).stat;
  }

  /**
   * Looks at what is there after an answer was lost. Only one write can follow `seen`: if its bytes are not ours, ours was
   * refused. While nothing has followed, the same write may be sent again, because only one of the two can be carried out.
   */
  async #resolve(write: ValueWrite, cause: unknown): Promise<WriteOutcome | 'not done'> {
    const { seen, data, equalIsDone } = write;
    const { path } = this.#place;
    let observed: Buffer | undefined;
    try {
      const found = await readContent(this.#client, this.#budget, { path, isSynced: true });
      observed = found?.data;
      if (found === null) {
        if (seen === null) return 'not done';
      } else if (seen !== null && found.stat.mzxid === seen.mzxid) {
        return 'not done';
      } else if (isNextOf(found.stat, seen)) {
        if (!found.data.equals(data)) return REFUSED;
        if (equalIsDone) return { kind: 'done', stat: found.stat };
      }
    } catch (error) {
      if (!isRetryable(error) && error !== this.#budget.signal.reason) throw error;
    }
    throw new OutcomeUnknownError({ path, op: 'setData', attempted: data, observed, cause });
  }

  #parent() {
    return { path: parentOf(this.#place.path), acl: this.#place.parentAcl };
  }
}

/** Whether it is what one write after `seen` has made. */
function isNextOf(found: WriteMark, seen: WriteMark | null): boolean {
  if (seen === null) return found.version === 0;
  return found.czxid === seen.czxid && found.version === ((seen.version + 1) | 0);
}

/** Of a refusal, whether it came alone or for a whole transaction. */
function codeOf(error: unknown): string | null {
  return error instanceof KeeperError ? error.code : null;
}

function isRefusal(error: unknown): boolean {
  return ['BAD_VERSION', 'NODE_EXISTS', 'NO_NODE'].includes(codeOf(error) ?? '');
}

function refuseWornVersion(path: string, { seen, equalIsDone }: ValueWrite): void {
  if (equalIsDone || seen?.version !== VERSION_ANY) return;
  throw new BadVersionError({
    path,
    message: `${path} was written so often that its version is -1, which cannot be compared: write it once without a comparison`,
  });
}

function orNull(error: unknown): null {
  if (error instanceof NoNodeError) return null;
  throw error;
}
