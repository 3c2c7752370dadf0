import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import { claim } from '../../../src/recipes/support/claim.js';
import type { OwnNode } from '../../../src/recipes/support/own-node.js';
import { removeClaim } from '../../../src/recipes/support/remove-claim.js';
import { WaitBudget } from '../../../src/client/support/wait-budget.js';
import { simulate } from '../../../src/testing/index.js';

const PATH = '/claims/a';

async function claimBy(client: Client, token: string): Promise<OwnNode> {
  const budget = new WaitBudget(client, {}, 'claim');
  for (;;) {
    const outcome = await claim(client, budget, { path: PATH, data: Buffer.from(token) });
    if (outcome.kind === 'ours') return outcome.node;
    await client.sync(PATH);
  }
}

describe('removing a claim', () => {
  it('deletes it', async () => {
    await simulate(async (world) => {
      const client = world.client();
      expect(await removeClaim(client, await claimBy(client, 'one'))).toBe('deleted');
      expect((await client.exists(PATH)).stat).toBeNull();
    });
  });

  it("leaves the next one's alone, at whichever of its replies the connection is lost", async () => {
    for (let replies = 0; replies < 3; replies += 1) {
      await simulate(async (world) => {
        const [client, other] = [world.client(), world.client()];
        const node = await claimBy(client, 'one');
        const next = claimBy(other, 'next');
        const removing = removeClaim(client, node);
        await world.sleep(replies * 5);
        world.loseReply(client);
        expect(['deleted', 'missing']).toContain(await removing);
        const { czxid } = await next;
        await world.sleep(5000);
        expect((await other.exists(PATH)).stat?.czxid).toBe(czxid);
      });
    }
  });

  it('ours being gone already, leaves what is there', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      const node = await claimBy(client, 'one');
      await other.delete(PATH);
      const next = await claimBy(other, 'next');
      expect(await removeClaim(client, node)).toBe('missing');
      expect((await other.exists(PATH)).stat?.czxid).toBe(next.czxid);
    });
  });

  it('ends with the session', async () => {
    await simulate(async (world) => {
      const client = world.client({ sessionTimeoutMs: 2000 });
      const node = await claimBy(client, 'one');
      world.isolate(client);
      const removing = removeClaim(client, node);
      await world.until(() => client.state === 'lost');
      world.heal();
      expect(await removing).toBe('session-ended');
    });
  });
});
