import { describe, expect, it } from 'vitest';
import {
  ConnectionLossError,
  CuratorFramework,
  NodeExistsError,
  NoNodeError,
  OutcomeUnknownError,
  retryForever,
  retryNTimes,
} from '../../../src/client/index.js';
import { play, text } from './stage.js';

describe('create', () => {
  it('makes parents when asked, and tells when not', () =>
    play(async ({ framework, client }) => {
      await expect(framework.create('/a/b/c', 'x')).rejects.toBeInstanceOf(NoNodeError);
      await framework.create('/a/b/c', 'x', { parents: 'persistent' });
      await framework.create('/d/e/f', 'x', { parents: 'container' });
      expect(text((await client.getData('/a/b/c')).data)).toBe('x');
      expect(text((await client.getData('/d/e')).data)).toBe('');
    }));

  it('orSetData creates, sets, and creates again what vanished meanwhile (CURATOR-719)', () =>
    play(async ({ framework, client, other }) => {
      const first = await framework.create('/n', '1', { orSetData: true });
      expect(first.stat.version).toBe(0);
      const second = await framework.create('/n', '2', { orSetData: true });
      expect(second.stat.version).toBe(1);
      const rival = new CuratorFramework(other);
      for (let round = 0; round < 20; round += 1) {
        const racing = [framework.create('/n', 'a', { orSetData: true }), rival.create('/n', 'b', { orSetData: true })];
        await client.delete('/n').catch(() => undefined);
        await Promise.all(racing);
      }
      expect(['a', 'b']).toContain(text((await client.getData('/n')).data));
    }));

  it('idempotent: an equal node is success, another one is not', () =>
    play(async ({ framework, other }) => {
      await other.create('/same', 'x');
      await other.create('/differs', 'y');
      await other.create('/written', 'w');
      await other.setData('/written', 'x');
      await expect(framework.create('/same', 'x', { idempotent: true })).resolves.toMatchObject({ path: '/same' });
      await expect(framework.create('/differs', 'x', { idempotent: true })).rejects.toBeInstanceOf(NodeExistsError);
      await expect(framework.create('/written', 'x', { idempotent: true })).rejects.toBeInstanceOf(NodeExistsError);
    }));

  it('protected: exactly one node, whatever replies get lost', () =>
    play(async ({ framework, client, world }) => {
      await client.create('/p');
      for (const mode of ['persistent', 'ephemeral-sequential', 'persistent-sequential'] as const) {
        world.loseReply(client);
        const { path } = await framework.create('/p/n-', 'x', { mode, protected: true });
        const { children } = await client.getChildren('/p');
        expect(children.map((name) => `/p/${name}`)).toEqual([path]);
        expect(path).toMatch(/^\/p\/_c_[0-9a-f-]{36}-n-/);
        await client.delete(path);
      }
    }));

  it('protected: an abandoned one leaves nothing (CURATOR-79)', () =>
    play(async ({ framework, client, other, world }) => {
      await client.create('/p');
      const abort = new AbortController();
      world.loseReply(client);
      const creating = framework.create('/p/n-', 'x', { mode: 'ephemeral', protected: true, signal: abort.signal });
      creating.catch(() => undefined);
      await world.until(() => client.state === 'suspended');
      abort.abort(new Error('stop'));
      await expect(creating).rejects.toThrow('stop');
      await world.sleep(1000);
      await other.sync('/p');
      expect((await other.getChildren('/p')).children).toEqual([]);
    }));

  it('protected: a policy that gives up leaves nothing either', () =>
    play(
      async ({ framework, client, other, world }) => {
        await client.create('/p');
        world.loseReply(client);
        const error: unknown = await framework.create('/p/n-', 'x', { protected: true }).catch((e: unknown) => e);
        expect(error).toBeInstanceOf(ConnectionLossError);
        expect(error).toMatchObject({ ambiguous: true, attempts: 1 });
        await world.sleep(1000);
        await other.sync('/p');
        expect((await other.getChildren('/p')).children).toEqual([]);
      },
      { retryPolicy: retryNTimes({ times: 0, sleepMs: 1 }) },
    ));

  it('protected: a node of a dying session is not adopted (CURATOR-498)', () =>
    play(async ({ framework, client, world }) => {
      await client.create('/p');
      const before = client.sessionId;
      world.loseReply(client);
      const creating = framework.create('/p/n-', 'x', { mode: 'ephemeral-sequential', protected: true });
      creating.catch(() => undefined);
      await world.until(() => client.state === 'suspended');
      world.isolate(client);
      await world.until(() => client.state === 'lost');
      world.heal();
      const { stat } = await creating;
      expect(stat.ephemeralOwner).toBe(client.sessionId);
      expect(stat.ephemeralOwner).not.toBe(before);
    }));

  it('an ephemeral one whose answer was lost is recognised by its owner', () =>
    play(async ({ framework, client, world }) => {
      world.loseReply(client);
      const { stat } = await framework.create('/e', 'mine', { mode: 'ephemeral' });
      expect(stat.ephemeralOwner).toBe(client.sessionId);
    }));

  it('a lost answer of a plain one is told as unknown, and of an idempotent one is found', () =>
    play(async ({ framework, client, world }) => {
      world.loseReply(client);
      await expect(framework.create('/plain', 'x')).rejects.toBeInstanceOf(OutcomeUnknownError);
      world.loseReply(client);
      await expect(framework.create('/sure', 'x', { idempotent: true })).resolves.toMatchObject({ path: '/sure' });
      await client.create('/line');
      world.loseReply(client);
      const queued = framework.create('/line/item-', 'x', { mode: 'persistent-sequential' });
      await expect(queued).rejects.toBeInstanceOf(OutcomeUnknownError);
      expect((await client.getChildren('/line')).children).toHaveLength(1);
    }));

  it('a node that was there before is somebody else’s, lost answer or not', () =>
    play(async ({ framework, client, world }) => {
      await client.create('/old', 'x');
      world.loseReply(client);
      await expect(framework.create('/old', 'x')).rejects.toBeInstanceOf(NodeExistsError);
    }));

  it('refuses combinations that mean nothing', () =>
    play(async ({ framework }) => {
      const create = framework.create('/x-', '', { mode: 'persistent-sequential', orSetData: true });
      await expect(create).rejects.toThrow('orSetData means nothing for a sequential node');
      await expect(framework.create('/x', '', { protected: true, idempotent: true })).rejects.toThrow('protected');
    }));
});

describe('setData', () => {
  it('sends again what certainly was not done, and tells what cannot be known', () =>
    play(async ({ framework, client, other, world }) => {
      await client.create('/n', '0');
      world.loseReply(client);
      await expect(framework.setData('/n', '1', { version: 0 })).rejects.toBeInstanceOf(OutcomeUnknownError);
      world.loseReply(client);
      const sure = framework.setData('/n', '2', { version: 1, idempotent: true });
      await expect(sure).resolves.toMatchObject({ version: 2 });
      world.loseReply(client);
      await expect(framework.setData('/n', '3')).resolves.toMatchObject({ version: 3 });
      world.loseReply(client);
      const setting = framework.setData('/n', 'mine');
      setting.catch(() => undefined);
      await world.until(() => client.state === 'suspended');
      await other.setData('/n', 'theirs');
      await expect(setting).rejects.toBeInstanceOf(OutcomeUnknownError);
      expect(text((await client.getData('/n')).data)).toBe('theirs');
    }));

  it('idempotent: one version on with the same data is success', () =>
    play(async ({ framework, client }) => {
      await client.create('/n', '0');
      await client.setData('/n', 'x');
      const same = framework.setData('/n', 'x', { version: 0, idempotent: true });
      await expect(same).resolves.toMatchObject({ version: 1 });
      const another = framework.setData('/n', 'y', { version: 0, idempotent: true });
      await expect(another).rejects.toMatchObject({ code: 'BAD_VERSION' });
    }));
});

describe('delete', () => {
  it('takes what lies below with it when asked', () =>
    play(async ({ framework, client }) => {
      await framework.create('/t/a/b', '', { parents: 'persistent' });
      for (let n = 0; n < 250; n += 1) await client.create(`/t/n${n}`);
      await expect(framework.delete('/t')).rejects.toMatchObject({ code: 'NOT_EMPTY' });
      await framework.delete('/t', { recursive: true });
      expect((await client.exists('/t')).stat).toBeNull();
    }));

  it('tells the truth about a lost answer', () =>
    play(async ({ framework, client, world }) => {
      await client.create('/a');
      await client.create('/b');
      world.loseReply(client);
      await expect(framework.delete('/a')).rejects.toBeInstanceOf(OutcomeUnknownError);
      world.loseReply(client);
      await framework.delete('/b', { idempotent: true });
      await framework.delete('/b', { idempotent: true });
      await expect(framework.delete('/b')).rejects.toBeInstanceOf(NoNodeError);
    }));

  it('guaranteed: goes on after the caller has given up (CURATOR-106)', () =>
    play(
      async ({ framework, client, other, world }) => {
        await client.create('/g');
        world.isolate(client);
        const deleting = framework.delete('/g', { guaranteed: true, timeoutMs: 500 });
        await expect(deleting).rejects.toMatchObject({ code: 'TIMEOUT' });
        world.heal();
        await world.sleep(10_000);
        expect((await other.exists('/g')).stat).toBeNull();
        expect(client.pendingCleanupCount).toBe(0);
      },
      { retryPolicy: retryForever({ sleepMs: 50 }) },
    ));
});

describe('a guaranteed delete that goes on in the background', () => {
  it('takes nothing away that was made after it had been done, unheard', () =>
    play(
      async ({ framework, client, other, world }) => {
        await client.create('/g', 'old');
        await other.sync('/');
        const { watch } = await other.exists('/g', { watch: true });
        world.loseReply(client);
        const deleting = framework.delete('/g', { guaranteed: true, timeoutMs: 500 });
        deleting.catch(() => undefined);
        await watch.fired;
        world.isolate(client);
        await expect(deleting).rejects.toMatchObject({ code: 'TIMEOUT' });
        await other.create('/g', 'new');
        world.heal();
        await world.until(() => client.pendingCleanupCount === 0);
        expect(text((await other.getData('/g')).data)).toBe('new');
      },
      { retryPolicy: retryForever({ sleepMs: 50 }) },
    ));

  it.each([1, 2, 3])('nor what was made after one of its own tries (reply %i of it lost)', (which) =>
    play(
      async ({ framework, client, other, world }) => {
        await client.create('/g', 'old');
        world.isolate(client);
        const deleting = framework.delete('/g', { guaranteed: true, timeoutMs: 500 });
        await expect(deleting).rejects.toMatchObject({ code: 'TIMEOUT' });
        const { watch } = await other.exists('/g', { watch: true });
        const made = watch.fired.then(() => other.create('/g', 'new'));
        world.heal();
        await world.until(() => client.state === 'connected');
        await world.sleep(2 * which);
        world.loseReply(client);
        await made;
        await world.until(() => client.pendingCleanupCount === 0);
        await world.sleep(1000);
        expect(text((await other.getData('/g')).data)).toBe('new');
      },
      { retryPolicy: retryForever({ sleepMs: 50 }) },
    ),
  );
});

describe('retries', () => {
  it('share one count and one patience when they are nested, and errors tell it', () =>
    play(
      async ({ framework, world, client }) => {
        let calls = 0;
        const error: unknown = await framework
          .retrying(async (nested) => {
            calls += 1;
            await nested.retrying(async () => {
              calls += 1;
              throw new ConnectionLossError();
            });
          })
          .catch((e: unknown) => e);
        // The first call of the outer one, and one and three retries of the inner one: not three times three.
        expect(calls).toBe(5);
        expect(error).toBeInstanceOf(ConnectionLossError);
        const startMs = world.nowMs;
        world.isolate(client);
        const read = framework.retrying((nested) => nested.getData('/', { timeoutMs: 60_000 }), { timeoutMs: 300 });
        await expect(read).rejects.toMatchObject({ code: 'TIMEOUT' });
        expect(world.nowMs - startMs).toBeLessThan(1400);
      },
      { retryPolicy: retryNTimes({ times: 3, sleepMs: 10 }) },
    ));

  it('sleep on the client’s clock, and end at once with the signal', () =>
    play(
      async ({ framework, world }) => {
        const startMs = world.nowMs;
        let calls = 0;
        const flaky = framework.retrying(async () => {
          calls += 1;
          if (calls < 3) throw new ConnectionLossError();
          return 'done';
        });
        await expect(flaky).resolves.toBe('done');
        expect(Math.round(world.nowMs - startMs)).toBe(120_000);
        const abort = new AbortController();
        const hopeless = framework.retrying(() => Promise.reject(new ConnectionLossError()), { signal: abort.signal });
        hopeless.catch(() => undefined);
        await world.sleep(10);
        abort.abort(new Error('enough'));
        await expect(hopeless).rejects.toThrow('enough');
      },
      { retryPolicy: retryForever({ sleepMs: 60_000 }) },
    ));

  it('do not repeat what another try does not mend', () =>
    play(async ({ framework }) => {
      const error: unknown = await framework.getData('/nowhere').catch((e: unknown) => e);
      expect(error).toBeInstanceOf(NoNodeError);
      expect(error).toMatchObject({ attempts: 1 });
    }));

  it('go on in a new session', () =>
    play(async ({ framework, client, world }) => {
      const before = client.sessionId;
      await client.create('/n', 'x');
      world.isolate(client);
      const reading = framework.getData('/n');
      await world.sleep(12_000);
      world.heal();
      expect(text((await reading).data)).toBe('x');
      expect(client.sessionId).not.toBe(before);
    }));
});

describe('transactions', () => {
  it('keep to the conventions, and tell a lost answer', () =>
    play(
      async ({ framework, client, world }) => {
        await framework.transaction().create('/a', 'x').create('/a/b').commit();
        expect(text((await framework.getData('/a')).data)).toBe('x');
        expect((await client.getData('/a')).data?.subarray(0, 2).toString('hex')).toBe('1f8b');
        world.loseReply(client);
        await expect(framework.transaction().delete('/a/b').commit()).rejects.toBeInstanceOf(OutcomeUnknownError);
        expect((await framework.exists('/a/b')).stat).toBeNull();
        const used = framework.transaction().check('/a');
        await used.commit();
        await expect(used.commit()).rejects.toThrow('committed already');
      },
      { compression: 'gzip' },
    ));
});
