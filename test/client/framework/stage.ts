import { CuratorFramework } from '../../../src/client/index.js';
import type { Client, FrameworkOptions } from '../../../src/client/index.js';
import { simulate } from '../../../src/testing/index.js';
import type { SimulatedWorld } from '../../../src/testing/index.js';

/** A world with two connected clients, one of them with a framework. */
export interface Stage {
  readonly world: SimulatedWorld;
  readonly client: Client;
  readonly other: Client;
  readonly framework: CuratorFramework;
}

export function play(program: (stage: Stage) => Promise<void>, options: FrameworkOptions = {}): Promise<void> {
  return simulate(async (world) => {
    const client = world.client({ sessionTimeoutMs: 4000 });
    const other = world.client({ sessionTimeoutMs: 4000 });
    await Promise.all([client.connected(), other.connected()]);
    await program({ world, client, other, framework: new CuratorFramework(client, options) });
  });
}

export function text(data: Buffer | null): string {
  return data?.toString() ?? '';
}
