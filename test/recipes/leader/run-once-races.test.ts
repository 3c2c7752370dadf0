import { describe, expect, it, vi } from 'vitest';
import { runOnce } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';

const PATH = '/jobs/report';
const MARKER = `${PATH}/last`;

interface Gate {
  readonly isOpen: Promise<void>;
  open(): void;
}

function gate(): Gate {
  let open: () => void = () => undefined;
  const isOpen = new Promise<void>((resolve) => (open = resolve));
  return { isOpen, open: () => open() };
}

describe('runOnce', () => {
  it('looks at what its server knows after a sync, never before: its own claim may be what is new', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const syncs = vi.spyOn(client, 'sync').mock;
      const reads = vi.spyOn(client, 'getData').mock;
      await runOnce(client, { path: PATH, occasion: '1' }, () => undefined);
      expect(reads.invocationCallOrder.length).toBeGreaterThan(0);
      expect(syncs.invocationCallOrder).toEqual(reads.invocationCallOrder.map((turn) => turn - 1));
    });
  });

  it('runs an occasion once, also when the very first claim of the job was taken back meanwhile', async () => {
    await simulate(async (world) => {
      const [late, slow, third] = [world.client(), world.client(), world.client()];
      const [claimed, writing, running] = [gate(), gate(), gate()];
      const giveUp = new AbortController();
      const runs: string[] = [];

      const create = late.create.bind(late);
      vi.spyOn(late, 'create').mockImplementation(async (...args) => {
        const created = await create(...args);
        if (args[0] !== MARKER) return created;
        claimed.open();
        await writing.isOpen;
        giveUp.abort(new Error('given up'));
        return created;
      });
      const setData = slow.setData.bind(slow);
      vi.spyOn(slow, 'setData').mockImplementation(async (...args) => {
        writing.open();
        await running.isOpen;
        return setData(...args);
      });

      const { signal } = giveUp;
      const first = runOnce(late, { path: PATH, occasion: '1', signal }, () => void runs.push('late'));
      await claimed.isOpen;
      // It has seen the claim of 1, and is about to follow it with 2 ...
      const second = runOnce(slow, { path: PATH, occasion: '2' }, () => void runs.push('slow'));
      await expect(first).rejects.toThrow('given up');
      await world.sleep(1000);
      // ... when that is taken back, and somebody else runs 2.
      const result = await runOnce(third, { path: PATH, occasion: '2' }, async () => {
        runs.push('third');
        running.open();
        expect(await second).toMatchObject({ ran: false, reason: 'taken' });
      });
      expect(result.ran).toBe(true);
      expect(runs).toEqual(['third']);
    });
  });
});
