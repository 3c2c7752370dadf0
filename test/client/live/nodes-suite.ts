import { describe, expect, it } from 'vitest';
import {
  BadVersionError,
  NoAuthError,
  NoChildrenForEphemeralsError,
  NodeExistsError,
  NoNodeError,
  NotEmptyError,
  TransactionError,
} from '../../../src/client/index.js';
import { CREATOR_ALL_ACL, OPEN_ACL_UNSAFE, READ_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import type { LiveServer } from '../../recipes/live/live-server.js';
import { LiveRig } from './live-rig.js';

/** Operations on nodes, their errors, access control, transactions and chroots. */
export function nodesSuite(start: () => Promise<LiveServer>): void {
  describe('nodes', () => {
    const rig = new LiveRig(start);

    it('are created, read, changed and deleted', async () => {
      const client = await rig.connect();
      const path = `${rig.root}/a`;
      const made = await client.create(path, 'one');
      expect(made).toMatchObject({ path, stat: { version: 0, dataLength: 3, ephemeralOwner: 0n } });
      expect((await client.getData(path)).data?.toString()).toBe('one');
      expect(await client.setData(path, Buffer.from('zwei'), { version: 0 })).toMatchObject({
        version: 1,
        dataLength: 4,
      });
      expect((await client.exists(path)).stat).toMatchObject({ version: 1, czxid: made.stat.czxid });
      expect((await client.getChildren(rig.root)).children).toEqual(['a']);
      expect(await client.getAllChildrenNumber(rig.root)).toBe(1);
      await client.sync(path);
      await client.delete(path, { version: 1 });
      expect((await client.exists(path)).stat).toBeNull();
    });

    it('tell null, empty and other content apart', async () => {
      const client = await rig.connect();
      const written = [null, Buffer.alloc(0), 'text', Uint8Array.of(0, 255)] as const;
      await Promise.all(written.map((data, index) => client.create(`${rig.root}/${index}`, data)));
      const read = await Promise.all(written.map((_, index) => client.getData(`${rig.root}/${index}`)));
      expect(read.map(({ data }) => data)).toEqual([null, Buffer.alloc(0), Buffer.from('text'), Buffer.of(0, 255)]);
    });

    it('come in every mode', async () => {
      const client = await rig.connect();
      const at = (name: string): string => `${rig.root}/${name}`;
      const ephemeral = await client.create(at('e'), null, { mode: 'ephemeral' });
      expect(ephemeral.stat.ephemeralOwner).toBe(client.sessionId);
      const sequence = await Promise.all([
        client.create(at('s-'), null, { mode: 'persistent-sequential' }),
        client.create(at('s-'), null, { mode: 'ephemeral-sequential' }),
        client.create(`${rig.root}/`, null, { mode: 'ephemeral-sequential' }),
        client.create(at('t-'), null, { mode: 'ttl-sequential', ttlMs: 60_000 }),
      ]);
      expect(sequence.map(({ path }) => path)).toEqual(
        ['s-0000000001', 's-0000000002', '0000000003', 't-0000000004'].map(at),
      );
      await client.create(at('c'), null, { mode: 'container' });
      await client.create(at('t'), null, { mode: 'ttl', ttlMs: 60_000 });
      expect((await client.getEphemerals(rig.root)).sort()).toEqual(['0000000003', 'e', 's-0000000002'].map(at));
    });

    it('refuse with errors that can be told apart', async () => {
      const client = await rig.connect();
      const path = `${rig.root}/a`;
      await client.create(path);
      await client.create(`${path}/b`);
      await client.create(`${rig.root}/e`, null, { mode: 'ephemeral' });
      await expect(client.create(path)).rejects.toBeInstanceOf(NodeExistsError);
      await expect(client.create(`${rig.root}/no/no`)).rejects.toBeInstanceOf(NoNodeError);
      await expect(client.create(`${rig.root}/e/x`)).rejects.toBeInstanceOf(NoChildrenForEphemeralsError);
      await expect(client.delete(path)).rejects.toBeInstanceOf(NotEmptyError);
      await expect(client.setData(path, 'x', { version: 7 })).rejects.toBeInstanceOf(BadVersionError);
      await expect(client.getData(`${rig.root}/no`)).rejects.toMatchObject({
        code: 'NO_NODE',
        rc: -101,
        op: 'getData',
        path: `${rig.root}/no`,
        retryable: false,
        ambiguous: false,
      });
      await expect(client.delete('/')).rejects.toMatchObject({ code: 'BAD_ARGUMENTS' });
    });

    it('are carried out in the order of the calls', async () => {
      const client = await rig.connect();
      const path = `${rig.root}/counter`;
      const [, ...stats] = await Promise.all([
        client.create(path),
        ...Array.from({ length: 500 }, (_, version) => client.setData(path, String(version), { version })),
      ]);
      expect(stats.at(-1)).toMatchObject({ version: 500 });
      expect((await client.getData(path)).data?.toString()).toBe('499');
    });

    it('of a large size go through', async () => {
      const client = await rig.connect();
      const path = `${rig.root}/large`;
      const data = Buffer.alloc(1_000_000, 'x');
      await client.create(path, data);
      expect((await client.getData(path)).data?.equals(data)).toBe(true);
    });

    it('are read many in one round trip', async () => {
      const client = await rig.connect();
      await client.create(`${rig.root}/a`, 'x');
      const results = await client.multiRead([
        { type: 'getData', path: `${rig.root}/a` },
        { type: 'getChildren', path: rig.root },
        { type: 'getData', path: `${rig.root}/no` },
      ]);
      expect(results).toMatchObject([
        { type: 'getData', data: Buffer.from('x') },
        { type: 'getChildren', children: ['a'] },
        { type: 'error', error: { code: 'NO_NODE', path: `${rig.root}/no` } },
      ]);
      expect(await client.multiRead([])).toEqual([]);
    });

    it('of the ensemble are read outside any chroot', async () => {
      const client = await rig.connect();
      expect((await client.getConfig()).stat.aversion).toBe(-1);
      expect((await client.withChroot(rig.root).getConfig()).stat.aversion).toBe(-1);
      await expect(client.reconfig({ leaving: '1' })).rejects.toMatchObject({ code: 'RECONFIG_DISABLED' });
    });
  });

  describe('transactions', () => {
    const rig = new LiveRig(start);

    it('apply all of their operations, each seeing those before it', async () => {
      const client = await rig.connect();
      const path = `${rig.root}/a`;
      const results = await client
        .transaction()
        .create(path, 'one')
        .setData(path, 'two', { version: 0 })
        .check(path, { version: 1 })
        .create(`${path}/s-`, null, { mode: 'ephemeral-sequential' })
        .create(`${path}/c`, null, { mode: 'container' })
        .create(`${path}/t`, null, { mode: 'ttl', ttlMs: 60_000 })
        .delete(`${path}/c`)
        .commit();
      expect(results.map(({ type, path: made }) => `${type} ${made.slice(rig.root.length)}`)).toEqual([
        'create /a',
        'setData /a',
        'check /a',
        'create /a/s-0000000000',
        'create /a/c',
        'create /a/t',
        'delete /a/c',
      ]);
      expect(results[1]).toMatchObject({ stat: { version: 1 } });
      expect((await client.getChildren(path)).children.sort()).toEqual(['s-0000000000', 't']);
    });

    it('apply nothing when one operation is refused, and say which', async () => {
      const client = await rig.connect();
      const path = `${rig.root}/a`;
      const refused = client.transaction().create(path).delete(`${rig.root}/no`).setData(path, 'x').commit();
      const error: unknown = await refused.catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(TransactionError);
      expect(error).toMatchObject({ code: 'NO_NODE', rc: -101, index: 1, path: `${rig.root}/no`, op: 'delete' });
      expect(error).toMatchObject({ errors: [null, { code: 'NO_NODE' }, { code: 'ROLLED_BACK' }] });
      expect((await client.exists(path)).stat).toBeNull();
    });

    it('that are empty ask nobody', async () => {
      const client = await rig.connect();
      expect(await client.transaction().commit()).toEqual([]);
    });
  });

  describe('access control', () => {
    const rig = new LiveRig(start);

    it('lets in who has shown the right credential, also at a later connection', async () => {
      const alice = await rig.connect({ auth: [{ scheme: 'digest', auth: 'alice:secret' }] });
      const stranger = await rig.connect();
      const path = `${rig.root}/private`;
      await alice.create(path, 'x', { acl: CREATOR_ALL_ACL });
      await expect(stranger.getData(path)).rejects.toBeInstanceOf(NoAuthError);
      await stranger.addAuth('digest', 'alice:secret');
      expect((await stranger.getData(path)).data?.toString()).toBe('x');
      const identities = await stranger.whoAmI();
      expect(identities).toContainEqual({ scheme: 'digest', id: 'alice' });
      expect((await alice.getAcl(path)).acl).toMatchObject([{ perms: 31, id: { scheme: 'digest' } }]);
      await alice.setAcl(path, READ_ACL_UNSAFE, { version: 0 });
      expect((await alice.getAcl(path)).stat.aversion).toBe(1);
      await expect(stranger.setData(path, 'y')).rejects.toBeInstanceOf(NoAuthError);
    });

    it('lets super in everywhere', async () => {
      const owner = await rig.connect();
      const path = `${rig.root}/locked`;
      await owner.create(path, null, { acl: READ_ACL_UNSAFE });
      const root = await rig.connect({ auth: [{ scheme: 'digest', auth: 'super:admin' }] });
      await root.setAcl(path, OPEN_ACL_UNSAFE);
      await owner.setData(path, 'x');
    });

    it('refuses an unknown scheme without harm to the session', async () => {
      const client = await rig.connect();
      const { sessionId } = client;
      await expect(client.addAuth('nosuch', 'x')).rejects.toMatchObject({ code: 'AUTH_FAILED' });
      await client.connected();
      expect(client.sessionId).toBe(sessionId);
      expect(client.state).toBe('connected');
    });
  });

  describe('a chroot', () => {
    const rig = new LiveRig(start);

    it('is put before every path and taken off every answer', async () => {
      const outer = await rig.connect();
      const client = await rig.connect({}, `${rig.server.connectString}${rig.root}`);
      expect(await client.create('/a', 'x')).toMatchObject({ path: '/a' });
      expect((await outer.getData(`${rig.root}/a`)).data?.toString()).toBe('x');
      expect((await client.getChildren('/')).children).toEqual(['a']);
      const view = client.withChroot('/a');
      expect(await view.create('/s-', null, { mode: 'ephemeral-sequential' })).toMatchObject({ path: '/s-0000000000' });
      expect(await view.getEphemerals()).toEqual(['/s-0000000000']);
      expect(await client.getEphemerals('/a')).toEqual(['/a/s-0000000000']);
      const [made] = await view.transaction().create('/t').commit();
      expect(made).toMatchObject({ path: '/t' });
      const { watch } = await view.getData('/', { watch: true });
      await client.setData('/a', 'y');
      expect(await watch.fired).toMatchObject({ type: 'dataChanged', path: '/' });
      await expect(view.delete('/')).rejects.toMatchObject({ code: 'BAD_ARGUMENTS' });
      expect(view.sessionId).toBe(client.sessionId);
    });
  });
}
