import { describe, expect, it } from 'vitest';
import { Client } from '../../../src/client/index.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { until } from '../../interop/support/until.js';
import type { LiveServer } from '../../recipes/live/live-server.js';
import { LiveRig, nextEvent, SHORT_SESSION_MS } from './live-rig.js';

const WAIT_MS = 20_000;

/** The life of sessions: kept, taken up again, lost, closed. */
export function sessionsSuite(start: () => Promise<LiveServer>): void {
  describe('sessions', () => {
    const rig = new LiveRig(start);
    const at = (name: string): string => `${rig.root}/${name}`;

    async function gone(client: Client, path: string): Promise<void> {
      const look = async (): Promise<true | undefined> =>
        (await client.exists(path)).stat === null ? true : undefined;
      await until(look, { what: `${path} to be gone`, timeoutMs: WAIT_MS });
    }

    it('are kept alive while nothing is asked', async () => {
      const client = await rig.connect({ sessionTimeoutMs: SHORT_SESSION_MS });
      const other = await rig.connect();
      await client.create(at('e'), null, { mode: 'ephemeral' });
      const leave = client.keepLease();
      const { sessionId, leaseDeadlineMs } = client;
      const past = client.monotonicMs() + 3 * client.negotiatedTimeoutMs;
      const look = (): true | undefined => (client.monotonicMs() > past ? true : undefined);
      await until(look, { what: 'three session timeouts', timeoutMs: WAIT_MS });
      expect((await other.exists(at('e'))).stat?.ephemeralOwner).toBe(sessionId);
      expect(client.leaseDeadlineMs).toBeGreaterThan(leaseDeadlineMs + client.negotiatedTimeoutMs);
      leave();
    });

    it('are taken up again after a cut, with their ephemeral nodes', async () => {
      const { client, proxy } = await rig.connectThroughProxy();
      await client.create(at('e'), null, { mode: 'ephemeral' });
      const { session } = client;
      for (let round = 0; round < 5; round++) {
        const back = nextEvent(client, 'reconnected');
        proxy.cut();
        await back;
      }
      expect(client.session).toBe(session);
      expect(session.signal.aborted).toBe(false);
      expect((await client.exists(at('e'))).stat?.ephemeralOwner).toBe(session.id);
    });

    it('end with close, and their ephemeral nodes with them', async () => {
      const client = await rig.connect();
      const other = await rig.connect();
      await client.create(at('e'), null, { mode: 'ephemeral' });
      const { watch } = await other.exists(at('e'), { watch: true });
      await client.close();
      expect(await watch.fired).toMatchObject({ type: 'deleted' });
      await expect(client.exists(at('e'))).rejects.toMatchObject({ code: 'CLOSED' });
    });

    it('that expire on the server are replaced by a new one', async () => {
      const { client, proxy } = await rig.connectThroughProxy({ sessionTimeoutMs: SHORT_SESSION_MS });
      const other = await rig.connect();
      const { session } = client;
      await client.create(at('e'), null, { mode: 'ephemeral' });
      const lost = nextEvent(client, 'lost');
      proxy.blackHole('to-server', 'to-client');
      await gone(other, at('e'));
      await lost;
      expect(session.signal.aborted).toBe(true);
      proxy.heal();
      proxy.cut();
      await client.connected({ timeoutMs: WAIT_MS });
      expect(client.sessionId).not.toBe(session.id);
      await client.create(at('e'), null, { mode: 'ephemeral' });
      expect((await other.exists(at('e'))).stat?.ephemeralOwner).toBe(client.sessionId);
    });

    it('lose the reply to a write and say so; the write is there', async () => {
      const { client, proxy } = await rig.connectThroughProxy();
      const swallowed = proxy.swallowReply(OpCode.create2);
      const failed = client.create(at('lost'), 'x').catch((error: unknown) => error);
      await swallowed;
      expect(await failed).toMatchObject({ code: 'CONNECTION_LOSS', ambiguous: true, retryable: true });
      expect((await client.getData(at('lost'))).data?.toString()).toBe('x');
    });

    it('survive the loss of a guaranteed delete', async () => {
      const { client, proxy } = await rig.connectThroughProxy();
      const other = await rig.connect();
      await client.create(at('garbage'));
      await client.create(at('full'));
      await client.create(at('full/child'));
      const failures: string[] = [];
      client.on('cleanupFailed', ({ path, error }) => failures.push(`${error.code} ${path}`));
      proxy.refuse(true);
      const suspended = nextEvent(client, 'suspended');
      proxy.cut();
      await suspended;
      const outcomes = Promise.all([
        client.guaranteedDelete(at('garbage')),
        client.guaranteedDelete(at('nothing')),
        client.guaranteedDelete(at('full')),
        client.guaranteedDelete(at('old'), { sessionId: 1n }),
      ]);
      expect(client.pendingCleanupCount).toBeGreaterThan(0);
      proxy.refuse(false);
      expect(await outcomes).toEqual(['deleted', 'missing', 'failed', 'session-ended']);
      expect(client.pendingCleanupCount).toBe(0);
      expect(failures).toEqual([`NOT_EMPTY ${at('full')}`]);
      expect((await other.exists(at('garbage'))).stat).toBeNull();
    });

    it('are refused politely when nobody listens', async () => {
      const error: unknown = await Client.connect('127.0.0.1:1', { timeoutMs: 300 }).catch((cause: unknown) => cause);
      expect(error).toMatchObject({ code: 'TIMEOUT' });
      expect(String(error)).toMatch(/ECONNREFUSED/);
    });
  });
}
