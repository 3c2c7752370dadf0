import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import { claim } from '../../../src/recipes/support/claim.js';
import type { ClaimOutcome } from '../../../src/recipes/support/claim.js';
import { WaitBudget } from '../../../src/client/support/wait-budget.js';
import { simulate } from '../../../src/testing/index.js';

const PATH = '/claims/a';

function claimBy(client: Client, token: string, signal?: AbortSignal): Promise<ClaimOutcome> {
  const budget = new WaitBudget(client, signal === undefined ? {} : { signal }, 'claim');
  return claim(client, budget, { path: PATH, data: Buffer.from(token) });
}

describe('a claim', () => {
  it('makes its parents, and is granted to one of all who try', async () => {
    const kinds = await simulate(async (world) => {
      const clients = [world.client(), world.client(), world.client()];
      const outcomes = await Promise.all(clients.map((client, at) => claimBy(client, `token-${at}`)));
      const winner = outcomes.findIndex(({ kind }) => kind === 'ours');
      for (const outcome of outcomes) {
        if (outcome.kind === 'taken') expect(outcome.data?.toString()).toBe(`token-${winner}`);
      }
      return outcomes.map(({ kind }) => kind).sort();
    });
    expect(kinds).toEqual(['ours', 'taken', 'taken']);
  });

  it('is known for ours when the reply to its create is lost', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      await other.connected();
      await client.create('/claims');
      world.loseReply(client);
      const outcome = await claimBy(client, 'mine');
      expect(outcome.kind).toBe('ours');
      expect(outcome.stat.ephemeralOwner).toBe(client.sessionId);
      expect((await claimBy(other, 'hers')).kind).toBe('taken');
    });
  });

  it('is not taken for ours by another caller of the same session', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const [one, other] = await Promise.all([claimBy(client, 'one'), claimBy(client, 'other')]);
      expect([one.kind, other.kind]).toEqual(['ours', 'taken']);
    });
  });

  it('of a session that is over is not ours any more', async () => {
    await simulate(async (world) => {
      const client = world.client({ sessionTimeoutMs: 2000 });
      await claimBy(client, 'mine');
      const before = client.sessionId;
      world.isolate(client);
      await world.until(() => client.state === 'lost');
      world.heal();
      await world.until(() => client.state === 'connected');
      await world.sleep(10_000);
      const outcome = await claimBy(client, 'mine');
      expect(outcome.kind).toBe('ours');
      expect(outcome.stat.ephemeralOwner).not.toBe(before);
    });
  });

  it('that nobody waits for any more leaves nothing behind', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      await client.create('/claims');
      const abort = new AbortController();
      world.loseReply(client);
      const claiming = claimBy(client, 'mine', abort.signal);
      claiming.catch(() => undefined);
      await world.until(() => client.state !== 'connected');
      abort.abort(new Error('changed my mind'));
      await expect(claiming).rejects.toThrow('changed my mind');
      await world.sleep(3000);
      await other.sync('/claims');
      expect((await other.getChildren('/claims')).children).toEqual([]);
    });
  });
});
