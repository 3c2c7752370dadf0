import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { childOf } from '../../protocol/paths.js';
import { checkGrantOptions, checkLockPath } from '../support/check-arguments.js';
import { Line } from '../support/line.js';
import { LocalGates } from '../support/local-gate.js';
import { OwnedGrants } from '../support/owned-grants.js';
import { inLine } from '../support/sequencer.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import type { LockOptions } from './contended-lock.js';
import { ReadLock } from './read-lock.js';
import { LOCK_NAMES, WRITE_NAME } from './read-write-rules.js';
import type { ReadWriteSetup } from './read-write-rules.js';
import { WriteLock } from './write-lock.js';

/**
 * A lock that many readers hold at once, or one writer alone, in the order in which they asked: nobody overtakes, so
 * neither side starves. Uses the znodes of Curator's InterProcessReadWriteLock as it is since 5.5.0.
 *
 * A writer that becomes a reader without letting another writer in between: `hold.downgrade()`. The other way round does
 * not exist: two readers that both wanted it would wait for each other.
 */
export class InterProcessReadWriteLock {
  readonly path: string;
  readonly #client: KeeperClient;
  readonly #line: Line;
  readonly #readLock: ReadLock;
  readonly #writeLock: WriteLock;

  /** `path` is the lock: made when needed, and removed by the server some time after its last use. */
  constructor(client: KeeperClient, path: string, options: LockOptions = {}) {
    checkLockPath(path, WRITE_NAME);
    checkGrantOptions(path, options);
    this.path = path;
    this.#client = client;
    this.#line = new Line(client, { path, lockName: LOCK_NAMES });
    const gates = new LocalGates();
    const setup: ReadWriteSetup = {
      line: this.#line,
      options,
      readers: new OwnedGrants(gates),
      writers: new OwnedGrants(gates),
    };
    this.#readLock = new ReadLock(client, setup);
    this.#writeLock = new WriteLock(client, setup);
  }

  /** The half that many hold at once. Always the same object. */
  readLock(): ReadLock {
    return this.#readLock;
  }

  /** The half that one holds alone. Always the same object. */
  writeLock(): WriteLock {
    return this.#writeLock;
  }

  /** Full paths of the nodes of all readers and writers, in the order of the line. Any of them can be given to `revoke`. */
  async participants(options: WaitOptions = {}): Promise<string[]> {
    const budget = new WaitBudget(this.#client, options, `participants of ${this.path}`);
    const contenders = await budget.settle(this.#line.list(budget), 0);
    return inLine(contenders).map((name) => childOf(this.path, name));
  }
}
