import { BadArgumentsError, KeeperError, NoNodeError, OutcomeUnknownError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { Transaction } from '../../client/transaction-types.js';
import { childOf, pathFault } from '../../protocol/paths.js';
import { InterProcessSemaphoreMutex } from '../locks/inter-process-semaphore-mutex.js';
import type { Hold } from '../support/hold.js';
import { checkPath } from '../support/check-arguments.js';
import { createContainers } from '../support/create-containers.js';
import { retry } from '../../client/support/retry.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { MigrationError } from './migration-error.js';
import { migrationHash } from './migration-hash.js';
import { checkSet } from './check-set.js';
import type { Migration, MigrationOp, MigrationSet } from './migration-op.js';

/** Where the nodes of a manager lie; Java programs that run the same sets must be given the same two paths. */
export interface MigrationManagerOptions {
  /** Below it, a lock for each set. */
  readonly lockPath: string;
  /** Below it, what was done of each set. */
  readonly metaPath: string;
}

/** What a run did. */
export interface MigrationResult {
  /** Migrations that were done by this run; 0: all had been done before. */
  readonly applied: number;
  /** All that are done now. */
  readonly total: number;
}

const META = 'meta-';

/**
 * Brings a tree into the form that a program needs, by migrations of which each is done once, whoever comes first. Curator's:
 * same znodes and same hashes, so that Java programs may run the same set.
 *
 * All that are due are done in one transaction, together with the notes of them: all or nothing. They share the limit of a
 * request (1 MiB, unless the servers allow more).
 */
export class MigrationManager {
  readonly #client: KeeperClient;
  readonly #options: MigrationManagerOptions;

  constructor(client: KeeperClient, options: MigrationManagerOptions) {
    checkPath(options.lockPath);
    checkPath(options.metaPath);
    this.#client = client;
    this.#options = options;
  }

  /**
   * Does what has not been done of the set. Waits for the lock as long as `timeoutMs` and `signal` allow. Rejects with a
   * MigrationError when what was done is not the beginning of the set, with a BadArgumentsError for what is no set, with a
   * TransactionError when an operation was refused:
   * nothing is changed then. SUSPENDED: it waits. LOST: the transaction is refused, because it checks that the lock is
   * still held; then it rejects, and may be run again.
   */
  async migrate(set: MigrationSet, options: WaitOptions = {}): Promise<MigrationResult> {
    checkSet(set);
    const metaPath = checkedPath(this.#options.metaPath, set.id);
    const budget = new WaitBudget(this.#client, options, `migrate ${set.id}`);
    return budget.settle(this.#migrate(set, metaPath, budget));
  }

  /** How many migrations of a set are done, by what is noted. Looks at no hash. */
  async applied(id: string, options: WaitOptions = {}): Promise<number> {
    const budget = new WaitBudget(this.#client, options, `migrations of ${id}`);
    const path = checkedPath(this.#options.metaPath, id);
    return (await budget.settle(this.#hashes(path, budget), 0)).length;
  }

  async #migrate(set: MigrationSet, metaPath: string, budget: WaitBudget): Promise<MigrationResult> {
    const lock = new InterProcessSemaphoreMutex(this.#client, childOf(this.#options.lockPath, set.id));
    const hold = await lock.acquire({ signal: budget.signal });
    try {
      const hashes = set.migrations.map(migrationHash);
      const due = await this.#due(set, { metaPath, hashes }, budget);
      if (due.length > 0) await this.#apply({ set, metaPath, hashes, due, hold }, budget);
      return { applied: due.length, total: set.migrations.length };
    } finally {
      await hold.release().catch(() => undefined);
    }
  }

  /** What was done must be the beginning of what the set says. */
  async #due(
    set: MigrationSet,
    { metaPath, hashes }: { readonly metaPath: string; readonly hashes: readonly Buffer[] },
    budget: WaitBudget,
  ): Promise<readonly Migration[]> {
    const { id, migrations } = set;
    const done = await this.#hashes(metaPath, budget);
    if (done.length > migrations.length) {
      const why = `${done.length} are done, and the set has only ${migrations.length}`;
      throw new MigrationError(id, { path: metaPath, why });
    }
    done.forEach((hash, at) => {
      if (hashes[at]?.equals(hash) === true) return;
      throw new MigrationError(id, { path: metaPath, why: `number ${at} is not what was done under that number` });
    });
    return migrations.slice(done.length);
  }

  async #apply(
    work: {
      readonly set: MigrationSet;
      readonly metaPath: string;
      readonly hashes: readonly Buffer[];
      readonly due: readonly Migration[];
      readonly hold: Hold;
    },
    budget: WaitBudget,
  ): Promise<void> {
    const { set, metaPath, hashes, due, hold } = work;
    await createContainers(this.#client, budget, { path: metaPath, acl: undefined });
    const transaction = hold.transaction();
    const first = set.migrations.length - due.length;
    due.forEach((migration, at) => {
      for (const op of migration) addTo(transaction, op);
      const note = hashes[first + at] ?? Buffer.alloc(0);
      transaction.create(childOf(metaPath, META), note, { mode: 'persistent-sequential' });
    });
    try {
      await transaction.commit({ signal: budget.signal });
    } catch (cause) {
      if (!(cause instanceof KeeperError) || !cause.ambiguous) throw cause;
      await this.#findOut(work, cause, budget);
    }
  }

  /** The answer was lost. The notes came with the migrations, and nobody else makes any while we hold the lock. */
  async #findOut(
    { set, metaPath, hold }: { readonly set: MigrationSet; readonly metaPath: string; readonly hold: Hold },
    cause: KeeperError,
    budget: WaitBudget,
  ): Promise<void> {
    await retry(this.#client, budget, (wait) => this.#client.sync(metaPath, wait));
    const done = (await this.#hashes(metaPath, budget)).length;
    if (done >= set.migrations.length) return;
    if (hold.isHeld()) throw cause;
    const message = `migrate ${set.id}: the lock was lost with the answer: run it again`;
    throw new OutcomeUnknownError({ path: metaPath, op: 'migrate', message, cause, attempted: set.id });
  }

  /** Of what was done, in order. */
  async #hashes(metaPath: string, budget: WaitBudget): Promise<Buffer[]> {
    try {
      const { children } = await retry(this.#client, budget, (wait) => this.#client.getChildren(metaPath, wait));
      // Curator sorts by name, too.
      const reads = children.sort().map(async (name) => {
        const path = childOf(metaPath, name);
        const { data } = await retry(this.#client, budget, (wait) => this.#client.getData(path, wait));
        return data ?? Buffer.alloc(0);
      });
      return await Promise.all(reads);
    } catch (error) {
      if (error instanceof NoNodeError) return [];
      throw error;
    }
  }
}

function checkedPath(metaPath: string, id: string): string {
  const path = childOf(metaPath, String(id));
  const fault =
    typeof id !== 'string' || id === '' || id.includes('/') ? 'it must be the name of a node' : pathFault(path);
  if (fault !== null) throw new BadArgumentsError({ message: `id of a set is ${JSON.stringify(id)}: ${fault}` });
  return path;
}

function addTo(transaction: Transaction, op: MigrationOp): void {
  switch (op.type) {
    case 'create':
      transaction.create(op.path, op.data ?? null, { mode: op.mode, acl: op.acl, ttlMs: op.ttlMs });
      break;
    case 'setData':
      transaction.setData(op.path, op.data, { version: op.version });
      break;
    case 'delete':
      transaction.delete(op.path, { version: op.version });
      break;
    case 'check':
      transaction.check(op.path, { version: op.version });
  }
}
