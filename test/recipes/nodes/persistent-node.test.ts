import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import { ClosedError, TimeoutError } from '../../../src/client/index.js';
import { PersistentNode } from '../../../src/recipes/nodes/index.js';
import { simulate } from '../../../src/testing/index.js';
import type { SimulatedWorld } from '../../../src/testing/index.js';

const DIR = '/nodes';
const PATH = `${DIR}/a`;
const SHORT_MS = 2000;

function play(program: (world: SimulatedWorld) => Promise<void>): Promise<void> {
  return simulate(program);
}

async function childrenOf(client: Client): Promise<string[]> {
  await client.sync(DIR);
  return (await client.getChildren(DIR)).children.sort();
}

async function textOf(client: Client, path: string): Promise<string | undefined> {
  await client.sync(path);
  return (await client.getData(path)).data?.toString();
}

async function loseSession(world: SimulatedWorld, client: Client): Promise<void> {
  world.isolate(client);
  await world.until(() => client.state === 'lost');
  world.heal();
}

describe('PersistentNode', () => {
  it('is made with its parents, and again when somebody deletes it', async () => {
    await play(async (world) => {
      const [client, other] = [world.client(), world.client()];
      await using node = new PersistentNode(client, PATH, { data: 'mine' });
      expect(node.state).toBe('absent');
      expect(await node.created()).toBe(PATH);
      expect(node.state).toBe('present');
      const { stat } = await other.getData(PATH);
      expect(stat.ephemeralOwner).toBe(client.sessionId);
      await other.delete(PATH);
      await world.until(() => node.state === 'present');
      await world.sleep(200);
      const again = await other.getData(PATH);
      expect(again.stat.czxid).toBeGreaterThan(stat.czxid);
      expect(again.data?.toString()).toBe('mine');
    });
  });

  it('CURATOR-97: is made though no server was in reach at the start', async () => {
    await play(async (world) => {
      const client = world.client();
      world.isolate(client);
      await using node = new PersistentNode(client, PATH);
      await expect(node.created({ timeoutMs: 100 })).rejects.toBeInstanceOf(TimeoutError);
      world.heal();
      await node.created();
    });
  });

  it('is ours again after the session was lost, as one step when its old node is still there', async () => {
    await play(async (world) => {
      const [client, other] = [world.client({ sessionTimeoutMs: SHORT_MS }), world.client()];
      await using node = new PersistentNode(client, PATH, { data: 'mine' });
      await node.created();
      const owner = client.sessionId;
      // The servers keep the old session for as long as they do not hear that it is over.
      await other.exists(PATH);
      await using watch = await other.addWatch(PATH);
      const events: string[] = [];
      void (async () => {
        for await (const { type } of watch) events.push(type);
      })();
      await loseSession(world, client);
      await world.until(() => node.state === 'present');
      expect(client.sessionId).not.toBe(owner);
      expect((await other.getData(PATH)).stat.ephemeralOwner).toBe(client.sessionId);
      await world.sleep(3 * SHORT_MS);
      expect((await other.getData(PATH)).stat.ephemeralOwner).toBe(client.sessionId);
      expect(events.filter((type) => type === 'deleted').length).toBe(
        events.filter((type) => type === 'created').length,
      );
    });
  });

  it('stays the same node over a reconnection within the session', async () => {
    await play(async (world) => {
      const client = world.client();
      await using node = new PersistentNode(client, PATH);
      await node.created();
      const before = (await client.getData(PATH)).stat.czxid;
      for (let i = 0; i < 3; i += 1) {
        world.disconnect(client);
        await world.sleep(500);
      }
      expect(node.state).toBe('present');
      expect((await client.getData(PATH)).stat.czxid).toBe(before);
    });
  });

  it.each(['ephemeral', 'ephemeral-sequential', 'persistent-sequential'] as const)(
    'is one node whatever replies get lost (%s)',
    async (mode) => {
      await play(async (world) => {
        const [client, other] = [world.client(), world.client()];
        await other.create(DIR);
        await client.connected();
        await using node = new PersistentNode(client, PATH, { mode, data: 'mine' });
        world.loseReply(client);
        const path = await node.created();
        expect(await childrenOf(other)).toEqual([path.slice(DIR.length + 1)]);
      });
    },
  );

  it('without protection finds an ephemeral sequential node by its owner and data', async () => {
    await play(async (world) => {
      const [client, other] = [world.client(), world.client()];
      await other.create(DIR);
      await other.create(PATH, 'mine', { mode: 'ephemeral-sequential' });
      await client.connected();
      await using node = new PersistentNode(client, PATH, {
        mode: 'ephemeral-sequential',
        protection: false,
        data: 'mine',
      });
      world.loseReply(client);
      expect(await node.created()).toBe(`${PATH}0000000001`);
      expect(await childrenOf(other)).toHaveLength(2);
    });
  });

  it('keeps the name that a sequential node got first', async () => {
    await play(async (world) => {
      const [client, other] = [world.client({ sessionTimeoutMs: SHORT_MS }), world.client()];
      await using node = new PersistentNode(client, PATH, { mode: 'ephemeral-sequential' });
      const path = await node.created();
      await other.delete(path);
      await world.sleep(500);
      expect(await node.created()).toBe(path);
      await loseSession(world, client);
      await world.until(() => node.state === 'present');
      await world.sleep(2 * SHORT_MS);
      expect(await childrenOf(other)).toEqual([path.slice(DIR.length + 1)]);
    });
  });

  it('writes data, and leaves what others have written until it is told to', async () => {
    await play(async (world) => {
      const [client, other] = [world.client(), world.client()];
      await using node = new PersistentNode(client, PATH, { data: 'one' });
      await node.created();
      await node.setData('two');
      expect(await textOf(other, PATH)).toBe('two');
      await other.setData(PATH, 'theirs');
      await world.sleep(500);
      expect(await textOf(other, PATH)).toBe('theirs');
      await node.setData('three');
      expect(await textOf(other, PATH)).toBe('three');
      world.loseReply(client);
      await node.setData('four');
      expect(await textOf(other, PATH)).toBe('four');
      await other.delete(PATH);
      await world.sleep(500);
      expect(await textOf(other, PATH)).toBe('four');
    });
  });

  it('waits behind a node of another session, and does not touch its data', async () => {
    await play(async (world) => {
      const [client, other] = [world.client(), world.client()];
      await other.create(DIR);
      await other.create(PATH, 'theirs', { mode: 'ephemeral' });
      await using node = new PersistentNode(client, PATH, { data: 'mine' });
      node.start();
      await world.until(() => node.state === 'foreign');
      await world.sleep(1000);
      expect(await textOf(other, PATH)).toBe('theirs');
      await other.delete(PATH);
      await node.created();
      expect(await textOf(other, PATH)).toBe('mine');
    });
  });

  it('takes over when told so, once a session', async () => {
    await play(async (world) => {
      const [client, other] = [world.client(), world.client()];
      await using theirs = new PersistentNode(other, PATH, { data: 'theirs', takeover: 'delete' });
      await theirs.created();
      await using node = new PersistentNode(client, PATH, { data: 'mine', takeover: 'delete' });
      await node.created();
      // Each has taken it once.
      await world.sleep(2000);
      expect([node.state, theirs.state].sort()).toEqual(['foreign', 'present']);
      const { stat } = await client.getData(PATH);
      await world.sleep(2000);
      expect((await client.getData(PATH)).stat.czxid).toBe(stat.czxid);
    });
  });

  it('takes a persistent node for ours when that is what is wanted, and deletes it when closed', async () => {
    await play(async (world) => {
      const [client, other] = [world.client(), world.client()];
      await other.create(DIR);
      await other.create(PATH, 'old');
      const node = new PersistentNode(client, PATH, { mode: 'persistent', data: 'new' });
      await node.created();
      expect(await textOf(other, PATH)).toBe('new');
      await node.close();
      expect(await childrenOf(other)).toEqual([]);
      const kept = new PersistentNode(client, PATH, { mode: 'persistent', keepOnClose: true });
      await kept.created();
      await kept.close();
      expect(await childrenOf(other)).toEqual(['a']);
    });
  });

  it('leaves nothing when closed at any moment of its creation, and not its watch', async () => {
    for (let ms = 0; ms < 60; ms += 3) {
      await play(async (world) => {
        const [client, other] = [world.client(), world.client()];
        await Promise.all([other.create('/other'), client.connected()]);
        const node = new PersistentNode(client, PATH);
        node.start();
        await world.sleep(ms);
        if (ms % 2 === 0) world.loseReply(client);
        const created = node.created();
        created.catch(() => undefined);
        await node.close();
        await node.close();
        expect(node.state).toBe('closed');
        await created.catch((error: unknown) => expect(error).toBeInstanceOf(ClosedError));
        await world.sleep(2000);
        await other.sync('/');
        expect((await other.exists(PATH)).stat).toBeNull();
        expect(await client.checkWatches(PATH)).toBe(false);
      });
    }
  });

  it("leaves another's node when closed", async () => {
    await play(async (world) => {
      const [client, other] = [world.client(), world.client()];
      await other.create(DIR);
      await other.create(PATH, 'theirs', { mode: 'ephemeral' });
      const node = new PersistentNode(client, PATH);
      node.start();
      await world.until(() => node.state === 'foreign');
      await node.close();
      expect(await childrenOf(other)).toEqual(['a']);
    });
  });

  it('tells of what it may not do, and goes on trying', async () => {
    await play(async (world) => {
      const [client, owner] = [world.client(), world.client()];
      await owner.create(DIR, '', { acl: [{ perms: 1, id: { scheme: 'world', id: 'anyone' } }] });
      const errors: string[] = [];
      const onError = (error: unknown): void => void errors.push((error as { code: string }).code);
      await using node = new PersistentNode(client, PATH, { onError });
      node.start();
      await world.until(() => errors.length > 1);
      expect(errors[0]).toBe('NO_AUTH');
    });
  });

  it('ends with its client', async () => {
    await play(async (world) => {
      const client = world.client();
      const node = new PersistentNode(client, PATH);
      await node.created();
      await client.close();
      await world.until(() => node.state === 'closed');
      await node.close();
    });
  });

  it('refuses wrong options, naming them', async () => {
    await play(async (world) => {
      const client = world.client();
      expect(() => new PersistentNode(client, 'a')).toThrow(/path of a persistent node: the path "a"/);
      expect(() => new PersistentNode(client, '/')).toThrow(/the root cannot be made/);
      expect(() => new PersistentNode(client, '/a', { mode: 'ttl' })).toThrow(/ttlMs is undefined/);
      expect(() => new PersistentNode(client, '/a/', { mode: 'ephemeral-sequential' })).not.toThrow();
      expect(() => new PersistentNode(client, '')).toThrow(/the path is empty/);
    });
  });
});
