import type { Client } from '../../../src/client/index.js';
import { InterProcessMutex } from '../../../src/recipes/index.js';
import type { AcquireOptions, Hold } from '../../../src/recipes/index.js';
import { until } from '../../interop/support/until.js';
import { Company } from './company.js';
import { metric } from './live-server.js';
import type { LiveServer } from './live-server.js';

export const WAIT_MS = 20_000;

/** One server for all the tests of the suite; for each of them its own company of clients, and its own lock. */
export class MutexScene {
  server!: LiveServer;
  company!: Company;
  /** Of the lock. */
  path = '';
  #tests = 0;

  /** Before each test. */
  enter(): void {
    this.company = new Company(this.server);
    this.path = `/suite-${(this.#tests += 1)}/lock`;
  }

  mutexOf(client: Client): InterProcessMutex {
    return new InterProcessMutex(client, this.path);
  }

  watchCount(): Promise<number> {
    return metric(this.server, 'zk_watch_count');
  }

  deletionEvents(): Promise<number> {
    return metric(this.server, 'zk_sum_node_deleted_watch_count');
  }

  lineOf(client: Client): Promise<string[]> {
    return this.mutexOf(client).participants();
  }

  /** A node beside the lock, for what the lock protects. */
  ledgerPath(): string {
    return this.path.replace(/lock$/, 'ledger');
  }

  /** Joins the line, and resolves with the pending wait when it stands there. */
  async waitInLine(client: Client, options: AcquireOptions = {}): Promise<{ turn: Promise<Hold> }> {
    const before = (await this.lineOf(client)).length;
    const turn = this.mutexOf(client).acquire({ timeoutMs: WAIT_MS, ...options });
    turn.catch(() => undefined);
    await this.lineOfLength(client, before + 1);
    return { turn };
  }

  async lineOfLength(client: Client, length: number): Promise<string[]> {
    const look = async (): Promise<string[] | undefined> => {
      const line = await this.lineOf(client);
      return line.length === length ? line : undefined;
    };
    return until(look, { what: `a line of ${length}`, timeoutMs: WAIT_MS, everyMs: 5 });
  }

  async watchesSettleAt(count: number): Promise<void> {
    const look = async (): Promise<true | undefined> => ((await this.watchCount()) === count ? true : undefined);
    await until(look, { what: `${count} watches`, timeoutMs: WAIT_MS, everyMs: 10 });
  }
}
