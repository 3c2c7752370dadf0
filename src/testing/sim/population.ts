import type { SimClient } from './sim-client.js';
import type { SimProcess } from './sim-process.js';
import type { HurriedTask, User } from './workload/user.js';

export interface PopulationOptions {
  readonly outside: SimProcess;
  /** Makes the user that comes in place of one that is gone; null: nobody comes. */
  readonly successor: (gone: User<SimClient>) => User<SimClient> | null;
  /** Whether a fault that would end this one's process leaves it alone. By default it spares nobody. */
  readonly isSpared?: (user: User<SimClient>) => boolean;
}

/** How often is looked whether somebody who leaves has finished, ms. */
const LOOK_MS = 20;

/** Everybody who uses the server. Who dies or leaves is replaced by somebody new. */
export class Population {
  private readonly options: PopulationOptions;
  private readonly users = new Map<SimClient, User<SimClient>>();
  /** They finish what they have begun, and then close their client. */
  private readonly leaving = new Set<User<SimClient>>();

  constructor(options: PopulationOptions) {
    this.options = options;
  }

  /** Whom a fault may befall. */
  clients(): SimClient[] {
    return [...this.users.keys()];
  }

  /** Those who hold a lock now. */
  holders(): SimClient[] {
    return this.clients().filter((client) => (this.users.get(client)?.heldCount ?? 0) > 0);
  }

  /** Somebody has not done yet what {@link hurry} asked for. */
  get isHurried(): boolean {
    return [...this.users.values()].some((user) => user.isHurried);
  }

  /** Each does only this for a while, and much of it. */
  hurry(taskOf: (client: SimClient) => HurriedTask): void {
    for (const [client, user] of this.users) user.hurry(taskOf(client));
  }

  add(user: User<SimClient>): void {
    this.users.set(user.client, user);
    user.start();
  }

  kill(client: SimClient): void {
    const user = this.remove(client);
    if (user === undefined) return;
    user.abandon();
    client.kill();
    this.replace(user);
  }

  /** Closes a client in an orderly way. */
  retire(client: SimClient): void {
    const user = this.remove(client);
    if (user === undefined) return;
    user.stop();
    this.leaving.add(user);
    this.closeWhenIdle(user);
    this.replace(user);
  }

  stop(): void {
    for (const user of this.users.values()) user.stop();
  }

  /** Who has not come to an end. */
  busy(): string[] {
    const unfinished = [...this.users.values()].filter((user) => !user.isIdle);
    return [...unfinished, ...this.leaving].map((user) => user.client.name);
  }

  private remove(client: SimClient): User<SimClient> | undefined {
    const user = this.users.get(client);
    if (user === undefined || this.options.isSpared?.(user) === true) return undefined;
    this.users.delete(client);
    return user;
  }

  private replace(gone: User<SimClient>): void {
    const successor = this.options.successor(gone);
    if (successor !== null) this.add(successor);
  }

  private closeWhenIdle(user: User<SimClient>): void {
    this.options.outside.after(LOOK_MS, () => {
      if (!user.isIdle) return this.closeWhenIdle(user);
      void user.client.client.close().then(() => this.leaving.delete(user));
    });
  }
}
