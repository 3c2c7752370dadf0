import { beforeEach, describe, expect, it } from 'vitest';
import { BadArgumentsError, TransactionError } from '../../../src/client/index.js';
import { MigrationError, MigrationManager } from '../../../src/recipes/index.js';
import type { Migration, MigrationSet } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import { describeNodes, noteKinds, recordedNodes } from '../live/znodes.js';

const first: Migration = [{ type: 'create', path: '/v/mig/data/a', data: 'A' }];
const second: Migration = [
  { type: 'create', path: '/v/mig/data/b', data: 'B' },
  { type: 'setData', path: '/v/mig/data/a', data: 'A2' },
];
const paths = { lockPath: '/v/mig/locks', metaPath: '/v/mig/meta' };

function setOf(...migrations: Migration[]): MigrationSet {
  return { id: 'set-1', migrations };
}

beforeEach(noteKinds);

describe('the migration manager', () => {
  it('leaves the nodes that Curator leaves, hashes included', () =>
    simulate(async (world) => {
      const client = world.client();
      await client.create('/v');
      await client.create('/v/mig');
      await client.create('/v/mig/data', 'root');
      const manager = new MigrationManager(client, paths);
      expect(await manager.migrate(setOf(first, second))).toEqual({ applied: 2, total: 2 });
      expect(await describeNodes(client, '/v/mig', [client])).toEqual(recordedNodes('migrations.json', (path) => path));
    }));

  it('refuses what is no set before it notes any of it', () =>
    simulate(async (world) => {
      const client = world.client();
      const manager = new MigrationManager(client, paths);
      const typo = { type: 'make', path: '/a' };
      for (const migrations of [undefined, {}, [null], [typo], [[null]], [[typo]], [[{ type: 'delete' }]]] as never[]) {
        await expect(manager.migrate({ id: 'set-1', migrations })).rejects.toBeInstanceOf(BadArgumentsError);
      }
      await expect(manager.migrate(undefined as never)).rejects.toThrow('it must be a list of migrations');
      await expect(manager.migrate({ id: 5 as never, migrations: [] })).rejects.toThrow('id of a set is 5');
      await expect(manager.migrate(setOf([typo as never]))).rejects.toThrow('type of operation 0 of migration 0');
      expect((await client.getChildren('/')).children).toEqual(['zookeeper']);
    }));

  it('does what is due, and nothing twice, whoever comes', () =>
    simulate(async (world) => {
      const [one, two] = [world.client(), world.client()];
      await one.create('/v');
      await one.create('/v/mig');
      await one.create('/v/mig/data');
      const managers = [one, two].map((client) => new MigrationManager(client, paths));
      const results = await Promise.all(managers.map((manager) => manager.migrate(setOf(first))));
      expect(results.map(({ applied }) => applied).sort()).toEqual([0, 1]);
      expect(await managers[0]?.migrate(setOf(first, second))).toEqual({ applied: 1, total: 2 });
      expect(await managers[1]?.migrate(setOf(first, second))).toEqual({ applied: 0, total: 2 });
      expect(await managers[1]?.applied('set-1')).toBe(2);
    }));

  it('refuses a set that is not what was done, and changes nothing', () =>
    simulate(async (world) => {
      const client = world.client();
      await client.create('/v');
      await client.create('/v/mig');
      await client.create('/v/mig/data', 'root');
      const manager = new MigrationManager(client, paths);
      await manager.migrate(setOf(first, second));
      await expect(manager.migrate(setOf(first))).rejects.toBeInstanceOf(MigrationError);
      await expect(manager.migrate(setOf(second, first))).rejects.toThrow('number 0');
      const third: Migration = [
        { type: 'create', path: '/v/mig/data/c' },
        { type: 'check', path: '/v/mig/data/a', version: 77 },
      ];
      await expect(manager.migrate(setOf(first, second, third))).rejects.toBeInstanceOf(TransactionError);
      expect((await client.exists('/v/mig/data/c')).stat).toBeNull();
      expect(await manager.applied('set-1')).toBe(2);
      await expect(manager.migrate({ id: 'a/b', migrations: [] })).rejects.toThrow('id of a set');
      expect((await client.getChildren('/v/mig/locks/set-1/leases')).children).toEqual([]);
    }));

  it('finds out what became of a transaction whose answer was lost', () =>
    simulate(async (world) => {
      // Whichever of the replies it is that gets lost.
      for (let after = 0; after < 12; after += 1) {
        const client = world.client();
        await client.connected();
        const root = `/r${after}`;
        await client.create(root);
        const at = { lockPath: `${root}/locks`, metaPath: `${root}/meta` };
        const manager = new MigrationManager(client, at);
        const set = { id: 's', migrations: [[{ type: 'create', path: `${root}/x` }]] } as const;
        const migrating = manager.migrate(set);
        migrating.catch(() => undefined);
        await world.sleep(after * 3);
        world.loseReply(client);
        const result = await migrating.catch(() => manager.migrate(set));
        expect(result.total).toBe(1);
        expect(await manager.applied('s')).toBe(1);
        expect((await client.exists(`${root}/x`)).stat).not.toBeNull();
      }
    }));
});
