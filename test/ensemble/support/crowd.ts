import type { Violation } from '../../../src/testing/sim/history.js';
import { DATA_ROOT, LOCK_ROOT } from '../../../src/testing/sim/history.js';
import { Caller } from '../../../src/testing/sim/workload/caller.js';
import { DataUser } from '../../../src/testing/sim/workload/data-user.js';
import { Guarded } from '../../../src/testing/sim/workload/guarded.js';
import { LockUser } from '../../../src/testing/sim/workload/lock-user.js';
import { OpMaker } from '../../../src/testing/sim/workload/op-maker.js';
import type { User } from '../../../src/testing/sim/workload/user.js';
import { until } from '../../interop/support/until.js';
import { LiveClient } from './live-client.js';
import type { LiveScene } from './live-scene.js';

export interface CrowdOptions {
  readonly scene: LiveScene;
  readonly connectString: string;
  readonly sessionTimeoutMs: number;
  readonly dataUsers: number;
  readonly lockUsers: number;
  readonly violated: (rule: Violation['rule'], message: string) => void;
}

const LOCKS = 4;
const HABITS = {
  topNodes: 12,
  readShare: 0.5,
  watchShare: 0.3,
  standingShare: 0.05,
  syncShare: 0.1,
  thinkMaxMs: 300,
  burstMax: 6,
};
const LOCK_HABITS = { contenders: 2, holdMaxMs: 400 };
const SETTLING_MAX_MS = 90_000;

/** Everybody who uses an ensemble: the simulator's users, each with a client and a session of its own. */
export class Crowd {
  private readonly options: CrowdOptions;
  private readonly users = new Set<User<LiveClient>>();
  private readonly clients = new Set<LiveClient>();
  private readonly locks: ReadonlyMap<string, Guarded>;
  private clientCount = 0;

  constructor(options: CrowdOptions) {
    this.options = options;
    const paths = Array.from({ length: LOCKS }, (_, index) => `${LOCK_ROOT}/lock${index}`);
    this.locks = new Map(paths.map((path) => [path, new Guarded(options.scene, path)]));
  }

  async gather(): Promise<void> {
    const { dataUsers, lockUsers } = this.options;
    await this.makeRoot();
    for (let left = dataUsers; left > 0; left--) this.join(this.dataUser());
    for (let left = lockUsers; left > 0; left--) this.join(this.lockUser());
  }

  /** Somebody finishes what he has begun, and somebody new comes at once. */
  async replaceOne(): Promise<void> {
    const { scene } = this.options;
    const leaver = scene.random.oneOf(this.users);
    if (leaver === undefined) return;
    this.users.delete(leaver);
    leaver.stop();
    this.join(leaver instanceof LockUser ? this.lockUser() : this.dataUser());
    await settled([leaver]);
    this.clients.delete(leaver.client);
    await leaver.client.client.close();
  }

  /** Everybody finishes what he has begun, and keeps his session. */
  async calmDown(): Promise<void> {
    for (const user of this.users) user.stop();
    await settled([...this.users]);
  }

  /** Of all clients. */
  sessions(): Set<bigint> {
    return new Set([...this.clients].map(({ client }) => client.sessionId));
  }

  async disperse(): Promise<void> {
    await Promise.all([...this.clients].map(({ client }) => client.close()));
  }

  private async makeRoot(): Promise<void> {
    const client = this.client();
    await this.caller(client).call({ type: 'create', path: DATA_ROOT, data: null, mode: 'persistent' });
  }

  private join(user: User<LiveClient>): void {
    this.users.add(user);
    user.start();
  }

  private dataUser(): User<LiveClient> {
    const { scene } = this.options;
    const client = this.client();
    const random = scene.random.fork(`user ${client.name}`);
    const newNumber = (): number => scene.recorder.nextNumber();
    const ops = new OpMaker({ ...HABITS, random, author: client.name, newNumber });
    return new DataUser({ ...HABITS, client, caller: this.caller(client), random, ops });
  }

  private lockUser(): User<LiveClient> {
    const { scene, violated } = this.options;
    const client = this.client();
    const random = scene.random.fork(`user ${client.name}`);
    return new LockUser({ ...LOCK_HABITS, world: scene, client, random, locks: this.locks, violated });
  }

  private caller(client: LiveClient): Caller {
    const { scene, violated } = this.options;
    return new Caller({ world: scene, client, violated });
  }

  private client(): LiveClient {
    const { scene, connectString, sessionTimeoutMs } = this.options;
    const client = new LiveClient(scene, {
      number: (this.clientCount += 1),
      connectString,
      sessionTimeoutMs,
      backoff: { baseMs: 20, maxMs: 500 },
    });
    this.clients.add(client);
    return client;
  }
}

async function settled(users: readonly User<LiveClient>[]): Promise<void> {
  const busy = (): string[] => users.filter((user) => !user.isIdle).map(({ client }) => client.name);
  await until(() => busy().length === 0 || undefined, {
    what: 'everything that was begun ends',
    timeoutMs: SETTLING_MAX_MS,
  }).catch((error: unknown) => {
    throw new Error(`still busy: ${busy().join(', ')}`, { cause: error });
  });
}
