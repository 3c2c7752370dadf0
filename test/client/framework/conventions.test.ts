import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  CREATOR_ALL_ACL,
  CuratorFramework,
  OPEN_ACL_UNSAFE,
  READ_ACL_UNSAFE,
  SchemaSet,
  SchemaViolationError,
  schemasFromJson,
} from '../../../src/client/index.js';
import type { DataResult, KeeperClient, ReadOptions, Watched, WatchedReadOptions } from '../../../src/client/index.js';
import { ForwardingClient } from '../../../src/client/framework/forwarding-client.js';
import { connectStringOf } from '../../../src/client/framework/ensemble-tracker.js';
import { InterProcessMutex } from '../../../src/recipes/index.js';
import { play, text } from './stage.js';

describe('namespaces', () => {
  it('are put before paths, and taken away from what comes back', () =>
    play(
      async ({ framework, client }) => {
        const { path } = await framework.create('/n-', 'x', { mode: 'persistent-sequential' });
        expect(path).toBe('/n-0000000000');
        expect(text((await client.getData('/apps/billing/n-0000000000')).data)).toBe('x');
        const { watch } = await framework.getData(path, { watch: true });
        const standing = await framework.client.addWatch('/', { recursive: true });
        await client.setData(`/apps/billing${path}`, 'y');
        expect((await watch.fired).path).toBe(path);
        expect((await standing.fired).path).toBe(path);
        const none = framework.usingNamespace(null);
        expect((await none.getChildren('/apps')).children).toEqual(['billing']);
        expect(framework.usingNamespace('other').namespace).toBe('other');
      },
      { namespace: 'apps/billing' },
    ));

  it('are made again when they were collected, also for recipes', () =>
    play(
      async ({ framework, client }) => {
        await framework.create('/a', 'x');
        await framework.delete('/a');
        await client.delete('/apps');
        await framework.create('/b', 'x');
        await framework.delete('/b');
        await client.delete('/apps');
        await framework.transaction().create('/c', 'x').commit();
        await framework.delete('/c');
        await client.delete('/apps');
        const hold = await new InterProcessMutex(framework.client, '/locks/one').acquire();
        expect((await client.getChildren('/apps/locks/one')).children).toHaveLength(1);
        await hold.release();
        await expect(framework.getData('/nowhere')).rejects.toMatchObject({ code: 'NO_NODE' });
      },
      { namespace: 'apps' },
    ));

  it('that cannot be are refused', () =>
    play(async ({ client }) => {
      for (const namespace of ['', '/a', 'a/', 'a//b', 'a/../b']) {
        expect(() => new CuratorFramework(client, { namespace })).toThrow('namespace');
      }
    }));
});

describe('compression', () => {
  it('is for one call, or for all', () =>
    play(async ({ framework, client }) => {
      await framework.create('/gz', 'hello hello hello', { compressed: true });
      const raw = (await client.getData('/gz')).data ?? Buffer.alloc(0);
      expect(gunzipSync(raw).toString()).toBe('hello hello hello');
      expect(text((await framework.getData('/gz', { compressed: true })).data)).toBe('hello hello hello');
      const all = new CuratorFramework(client, { compression: 'gzip' });
      expect(text((await all.getData('/gz')).data)).toBe('hello hello hello');
      await all.setData('/gz', 'plain', { compressed: false });
      expect(text((await client.getData('/gz')).data)).toBe('plain');
      await expect(all.getData('/gz')).rejects.toMatchObject({ code: 'NOT_COMPRESSED' });
      await all.create('/p/q', '', { parents: 'persistent' });
      expect((await client.getData('/p')).data?.length).toBe(0);
      expect((await client.getData('/p/q')).data?.length).toBe(20);
      expect((await all.getData('/p')).data?.length).toBe(0);
      const results = await all.client.multiRead([
        { type: 'getData', path: '/p/q' },
        { type: 'getData', path: '/gz' },
      ]);
      expect(results.map(({ type }) => type)).toEqual(['getData', 'error']);
    }));

  it('reads what Java wrote', () =>
    play(async ({ framework, client }) => {
      await client.create('/hello', Buffer.from('1f8b0800000000000000cb48cdc9c957c8402701e3513d8d17000000', 'hex'));
      await client.create('/empty', Buffer.from('1f8b080000000000000003000000000000000000', 'hex'));
      expect(text((await framework.getData('/hello', { compressed: true })).data)).toMatch(/^hello/);
      expect((await framework.getData('/empty', { compressed: true })).data?.length).toBe(0);
    }));
});

describe('default data and ACLs', () => {
  it('are given to what is created without', () =>
    play(
      async ({ framework, client }) => {
        await framework.create('/a/b', undefined, { parents: 'container' });
        expect(text((await client.getData('/a/b')).data)).toBe('192.0.2.1');
        expect((await client.getAcl('/a')).acl).toHaveLength(2);
        expect((await client.getAcl('/a/b')).acl).toHaveLength(1);
        await framework.create('/c', null, { acl: READ_ACL_UNSAFE });
        expect(text((await client.getData('/c')).data)).toBe('');
      },
      {
        defaultData: '192.0.2.1',
        aclOf: (path) => (path === '/a' ? [...OPEN_ACL_UNSAFE, ...READ_ACL_UNSAFE] : undefined),
      },
    ));
});

const rules = new SchemaSet(
  [
    { name: 'exact', path: '/config', canBeDeleted: false, validator: (_, data) => text(data).startsWith('{') },
    { name: 'locks', path: '/locks', ephemeral: 'cannot', sequential: 'cannot' },
    { name: 'lock nodes', path: /\/locks\/.*/, ephemeral: 'must', sequential: 'must', watched: 'must' },
    { name: 'second', path: /\/lock.*/, ephemeral: 'cannot' },
  ],
  { useDefaultSchema: false },
);

describe('schemas', () => {
  it('refuse before anything is sent', () =>
    play(
      async ({ framework, client }) => {
        const refused = (work: Promise<unknown>) => expect(work).rejects.toBeInstanceOf(SchemaViolationError);
        await refused(framework.create('/config', 'no json'));
        await framework.create('/config', '{}');
        await refused(framework.setData('/config', 'no json'));
        await refused(framework.delete('/config'));
        await refused(framework.create('/elsewhere'));
        await framework.create('/locks');
        await refused(framework.create('/locks/x'));
        const lock = { mode: 'ephemeral-sequential', protected: true } as const;
        const { path } = await framework.create('/locks/x-', '', lock);
        await refused(framework.getData(path));
        await framework.getData(path, { watch: true });
        expect(() => framework.transaction().delete('/config')).toThrow(SchemaViolationError);
        expect((await client.getChildren('/')).children.sort()).toEqual(['config', 'locks', 'zookeeper']);
      },
      { schemas: rules },
    ));

  it('prefer the exact path, then the first pattern that matches the whole path', () => {
    expect(rules.schemaOf('/locks').name).toBe('locks');
    expect(rules.schemaOf('/locks/a/b').name).toBe('lock nodes');
    expect(rules.schemaOf('/lockers').name).toBe('second');
    expect(() => rules.schemaOf('/a/locks/b')).toThrow('no rule');
    expect(new SchemaSet([]).schemaOf('/anything').name).toBe('default');
  });

  it('come from the JSON of Java, where a rule that does not say so forbids deleting', () => {
    const [first, second] = schemasFromJson(
      JSON.stringify([
        { name: 'a', path: '/a', schemaValidator: 'json', ephemeral: 'MUST', metadata: { owner: 'x' } },
        { name: 'b', path: '/b/.*', isRegex: true, canBeDeleted: true, watched: 'cannot' },
      ]),
      (name) => (name === 'json' ? () => true : undefined),
    );
    expect(first).toMatchObject({ name: 'a', ephemeral: 'must', canBeDeleted: false, metadata: { owner: 'x' } });
    expect(second).toMatchObject({ path: /\/b\/.*/, canBeDeleted: true, watched: 'cannot', sequential: 'can' });
    expect(() => schemasFromJson('{')).toThrow('not JSON');
    expect(() => schemasFromJson('[{"name":"a","path":"/a","schemaValidator":"x"}]')).toThrow('nobody knows');
    expect(() => schemasFromJson('[{"path":"/a"}]')).toThrow('schema number 0 has no text as name');
    expect(() => schemasFromJson('[{"name":"a","path":"/a","watched":"maybe"}]')).toThrow('watched maybe');
  });

  it('that contradict each other are refused', () => {
    const one = { name: 'one', path: '/a' };
    expect(() => new SchemaSet([one, { ...one, path: '/b' }])).toThrow('another of that name');
    expect(() => new SchemaSet([one, { ...one, name: 'two' }])).toThrow('another for /a');
    expect(() => new SchemaSet([{ name: 'x', path: 'a' }])).toThrow('does not start with /');
  });
});

describe('the ensemble', () => {
  it('is read from the membership text', () => {
    const config = [
      'server.3=zk3:2888:3888:participant;0.0.0.0:2183',
      'server.1=zk1:2888:3888;2181',
      'server.2=zk2:2888:3888:observer;client2:2182',
      'server.4=zk4:2888:3888:participant',
      'server.5=[fe80::1]:2888:3888:participant;[::]:2185',
      'version=100000000',
    ].join('\n');
    expect(connectStringOf(config)).toBe('[fe80::1]:2185,client2:2182,zk1:2181,zk3:2183');
    expect(connectStringOf('')).toBe('');
  });

  it('is told at the start and after each change, when asked for', () =>
    play(async ({ client, other, world }) => {
      const told: string[] = [];
      const member = (id: number) => `server.${id}=zk${id}:2888:3888;2181`;
      await other.create('/membership', '');
      const onEnsembleChanged = (servers: string): void => {
        told.push(servers);
        client.updateServers(servers);
        throw new Error('heard');
      };
      const errors: unknown[] = [];
      const onError = (error: unknown): void => void errors.push(error);
      const framework = new CuratorFramework(new ConfigElsewhere(client), { onEnsembleChanged, onError });
      await other.setData('/membership', member(1));
      await world.until(() => told.length === 1);
      await other.setData('/membership', `${member(1)}\n${member(2)}`);
      await world.until(() => told.length === 2);
      expect(told).toEqual(['zk1:2181', 'zk1:2181,zk2:2181']);
      expect(errors).toHaveLength(2);
      expect(() => client.updateServers('a:1/chroot')).toThrow('chroot');
      await framework.close();
      await other.setData('/membership', member(3));
      await world.sleep(1000);
      expect(told).toHaveLength(2);
    }));
});

/** The servers of a simulation do not tell where their clients reach them. */
class ConfigElsewhere extends ForwardingClient {
  override getConfig(options: WatchedReadOptions): Promise<DataResult & Watched>;
  override getConfig(options?: ReadOptions): Promise<DataResult>;
  override getConfig(options?: ReadOptions): Promise<DataResult> {
    return this.inner.getData('/membership', options);
  }

  override withChroot(path: string): KeeperClient {
    return this.inner.withChroot(path);
  }
}

it('an ACL of the caller’s own counts', () =>
  play(
    async ({ framework, client }) => {
      await client.addAuth('digest', 'me:secret');
      await framework.create('/mine', '', { acl: CREATOR_ALL_ACL });
      expect((await framework.getAcl('/mine')).acl[0]?.id.scheme).toBe('digest');
      await framework.setAcl('/mine', READ_ACL_UNSAFE);
      await framework.sync('/mine');
    },
    { namespace: 'x' },
  ));
