import type { SimClient } from './sim-client.js';
import type { User } from './workload/user.js';

/** Everybody who uses the server. Who is killed is replaced by somebody new. */
export class Population {
  private readonly users = new Map<SimClient, User>();
  private readonly successor: (of: User) => User | null;

  /** `successor` makes the user that comes in place of a dead one, not yet started; null for none. */
  constructor(successor: (of: User) => User | null) {
    this.successor = successor;
  }

  clients(): SimClient[] {
    return [...this.users.keys()];
  }

  add(user: User): void {
    this.users.set(user.client, user);
    user.start();
  }

  kill(client: SimClient): void {
    const user = this.users.get(client);
    if (user === undefined) return;
    this.users.delete(client);
    user.abandon();
    client.kill();
    const next = this.successor(user);
    if (next !== null) this.add(next);
  }

  stop(): void {
    for (const user of this.users.values()) user.stop();
  }

  /** Who has not come to an end. */
  busy(): string[] {
    return [...this.users.values()].filter((user) => !user.isIdle).map((user) => user.client.name);
  }
}
