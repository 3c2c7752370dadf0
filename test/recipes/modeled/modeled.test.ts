import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import { CuratorFramework, NoNodeError, SchemaSet } from '../../../src/client/index.js';
import type { KeeperError } from '../../../src/client/index.js';
import { jsonSerializer, modelOf, ModeledFramework, textSerializer, ZPath } from '../../../src/recipes/index.js';
import type { PathParameters } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import { describeNodes, noteKinds, recordedNodes } from '../live/znodes.js';

interface Place {
  readonly zone: string;
  readonly weight: number;
}

function placeOf(value: unknown): Place {
  const { zone, weight } = value as Partial<Place>;
  if (typeof zone !== 'string' || typeof weight !== 'number') throw new Error('no place');
  return { zone, weight };
}

const spec = modelOf<Place>({ serializer: jsonSerializer(placeOf) })('/v/model/{id}');

describe('paths with parameters', () => {
  it('know their names, and are resolved in any order', () => {
    expectTypeOf<PathParameters<'/a/{id}/b/{name}'>>().toEqualTypeOf<'id' | 'name'>();
    const path = new ZPath('/a/{id}/b/{name}');
    expect(path.parameters).toEqual(['id', 'name']);
    expect(path.resolve({ name: 'x', id: 7 })).toBe('/a/7/b/x');
    expect(new ZPath('/a/b').resolve()).toBe('/a/b');
    expect(path.parent.template).toBe('/a/{id}/b');
    expect(new ZPath('/a').child('{id}').resolve({ id: 'z' })).toBe('/a/z');
    expect(path.pattern.test('/a/1/b/2')).toBe(true);
    expect(path.pattern.test('/a/1/b/2/c')).toBe(false);
  });

  it('refuse what cannot be a path', () => {
    for (const wrong of ['a/{id}', '/a/{id', '/a/x{id}', '/{id}/{id}', '/a/', '/a/{}']) {
      expect(() => new ZPath(wrong)).toThrow();
    }
    const path = new ZPath('/a/{id}');
    for (const id of ['', 'b/c', '..']) expect(() => path.resolve({ id })).toThrow('id is');
  });
});

beforeEach(noteKinds);

describe('models', () => {
  it('leave the nodes that Curator leaves', () =>
    simulate(async (world) => {
      const client = world.client();
      await client.create('/v');
      const models = new ModeledFramework(client, spec);
      await models.at({ id: 'one' }).set({ zone: 'eu', weight: 2 });
      await models.at({ id: 'one' }).set({ zone: 'eu', weight: 3 });
      expect(await describeNodes(client, '/v/model', [client])).toEqual(recordedNodes('modeled.json', (path) => path));
    }));

  it('are set, read, updated by version, changed, listed and deleted', () =>
    simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      const models = new ModeledFramework(new CuratorFramework(client), spec);
      const one = models.at({ id: 'one' });
      await expect(one.read()).rejects.toBeInstanceOf(NoNodeError);
      await one.set({ zone: 'eu', weight: 1 });
      const { stat } = await one.readAsZNode();
      await one.update({ zone: 'us', weight: 2 }, { version: stat.version });
      await expect(one.update({ zone: 'x', weight: 0 }, { version: stat.version })).rejects.toMatchObject({
        code: 'BAD_VERSION',
      });
      const rival = new ModeledFramework(other, spec).at({ id: 'one' });
      const more = (place: Place): Place => ({ ...place, weight: place.weight + 1 });
      await Promise.all(Array.from({ length: 10 }, (_, at) => (at % 2 === 0 ? one : rival).change(more)));
      expect(await one.read()).toEqual({ zone: 'us', weight: 12 });
      await models.at({ id: 'two' }).set({ zone: 'eu', weight: 2 });
      await client.create('/v/model/parent-only');
      expect((await one.parent.childrenAsZNodes()).map(({ path }) => path)).toEqual(['/v/model/one', '/v/model/two']);
      expect((await one.parent.children()).map(({ path }) => path)).toHaveLength(3);
      await one.delete();
      await one.delete();
      expect(await one.checkExists()).toBeNull();
      expect(await one.children()).toEqual([]);
    }));

  it('that are none are told as such, and refused by their schema', () =>
    simulate(async (world) => {
      const client = world.client();
      await new CuratorFramework(client).create('/v/model/bad', 'no json', { parents: 'container' });
      await expect(new ModeledFramework(client, spec).at({ id: 'bad' }).read()).rejects.toMatchObject({
        code: 'NOT_A_MODEL',
        path: '/v/model/bad',
      });
      const framework = new CuratorFramework(client, { schemas: new SchemaSet([spec.schema('places')]) });
      await expect(framework.create('/v/model/x', '{}')).rejects.toMatchObject({ code: 'SCHEMA_VIOLATION' });
      await new ModeledFramework(framework, spec).at({ id: 'x' }).set({ zone: 'eu', weight: 1 });
    }));

  it('take part in transactions', () =>
    simulate(async (world) => {
      const client = world.client();
      const names = new ModeledFramework(client, modelOf<string>({ serializer: textSerializer })('/names/{id}'));
      await client.create('/names');
      const [a, b] = [names.at({ id: 'a' }), names.at({ id: 'b' })];
      const transaction = client.transaction();
      a.createOp(transaction, 'x');
      a.updateOp(transaction, 'y', 0);
      b.createOp(transaction, 'z');
      b.checkOp(transaction, 0);
      b.deleteOp(transaction);
      await transaction.commit();
      expect(await a.read()).toBe('y');
      expect(await b.checkExists()).toBeNull();
    }));

  it('are kept in a copy, which one that cannot be read does not harm (GH-1246)', () =>
    simulate(async (world) => {
      const client = world.client();
      const models = new ModeledFramework(client, spec);
      await models.at({ id: 'one' }).set({ zone: 'eu', weight: 1 });
      await client.create('/v/model/bad', 'no json');
      await client.create('/v/model/parent-only');
      const told: KeeperError[] = [];
      const cached = models.cached(undefined, { onError: (error) => told.push(error as KeeperError) });
      expect(cached.cache.path).toBe('/v/model');
      await cached.ready();
      expect(cached.list().map(({ path, model }) => [path, model.zone])).toEqual([['/v/model/one', 'eu']]);
      expect(told.map(({ code }) => code)).toEqual(['NOT_A_MODEL']);
      expect(cached.read('/v/model/one').weight).toBe(1);
      expect(() => cached.read('/v/model/none')).toThrow(NoNodeError);
      expect(() => cached.read('/v/model/parent-only')).toThrow(NoNodeError);
      expect(() => cached.read('/v/model/bad')).toThrow('not what its model says');
      await models.at({ id: 'two' }).set({ zone: 'us', weight: 2 });
      await world.until(() => cached.list().length === 2);
      await cached.close();
    }));
});
