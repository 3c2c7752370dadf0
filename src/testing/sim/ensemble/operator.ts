import { Client } from '../../../client/client.js';
import { KeeperError } from '../../../client/errors.js';
import type { ReconfigSpec } from '../../../client/operation-types.js';
import type { SeededRandom } from '../seeded-random.js';
import type { World } from '../world.js';
import type { Electorate } from './voters.js';

export interface OperatorOptions {
  readonly world: World;
  readonly random: SeededRandom;
  readonly connectString: string;
  readonly sids: readonly number[];
  /** Who votes now. */
  readonly electorate: () => Electorate;
  /** A server's line among the members, with this role. */
  readonly line: (sid: number, role: 'participant' | 'observer') => string;
  readonly violated: (rule: string, message: string) => void;
}

const PAUSE_MIN_MS = 50;
const PAUSE_MAX_MS = 8000;
const TIMEOUT_MS = 10_000;
const SESSION_TIMEOUT_MS = 4000;

/** Changes who the members of an ensemble are, one change after the other, whatever goes wrong meanwhile. */
export class Operator {
  private readonly options: OperatorOptions;
  private readonly client: Client;
  private readonly wait: (ms: number) => Promise<void>;
  private isStopping = false;
  private isAtWork = false;

  constructor(options: OperatorOptions) {
    this.options = options;
    const { process, runtime } = options.world.host('operator', 'operator');
    this.client = new Client(options.connectString, {
      runtime,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      backoff: { baseMs: 20, maxMs: 500 },
    });
    this.wait = (ms) => new Promise((resolve) => process.after(ms, resolve));
  }

  /** Nothing that it has asked for is still open. */
  get isIdle(): boolean {
    return !this.isAtWork;
  }

  start(): void {
    void this.work();
  }

  stop(): void {
    this.isStopping = true;
  }

  private async work(): Promise<void> {
    const { random } = this.options;
    for (;;) {
      await this.wait(random.skewed(PAUSE_MIN_MS, PAUSE_MAX_MS));
      if (this.isStopping) break;
      this.isAtWork = true;
      await this.change(this.drawn());
      this.isAtWork = false;
    }
    void this.client.close();
  }

  private async change(change: ReconfigSpec): Promise<void> {
    const { world, violated } = this.options;
    world.fault('reconfiguration', `leaving ${change.leaving ?? 'nobody'}, joining ${change.joining ?? 'nobody'}`);
    try {
      await this.client.reconfig(change, { timeoutMs: TIMEOUT_MS });
      world.tally.count('reconfiguration: ok');
    } catch (error) {
      if (!(error instanceof KeeperError)) return violated('calls fail with a KeeperError', String(error));
      world.tally.count(`reconfiguration: ${error.ambiguous ? 'unknown' : error.code}`);
    }
  }

  /** One server or two get other roles, or none. That there are too few voters left is for the leader to say. */
  private drawn(): ReconfigSpec {
    const { random, sids, electorate, line } = this.options;
    const { participants } = electorate();
    const leaving: number[] = [];
    const joining: string[] = [];
    const chosen = new Set([random.oneOf(sids), ...(random.chance(0.3) ? [random.oneOf(sids)] : [])]);
    for (const sid of chosen) {
      if (sid === undefined) continue;
      const isVoter = participants.includes(sid);
      const what = random.pick(isVoter ? ['leave', 'observer'] : ['participant', 'participant', 'observer', 'leave']);
      if (what === 'leave') leaving.push(sid);
      else joining.push(line(sid, what));
    }
    return {
      ...(leaving.length === 0 ? {} : { leaving: leaving.join() }),
      ...(joining.length === 0 ? {} : { joining: joining.join() }),
    };
  }
}
