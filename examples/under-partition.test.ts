import { InterProcessMutex, type Client } from 'pinfold';
import { simulate } from 'pinfold/testing';
import { expect, test } from 'vitest';

/** The code under test: whoever has the lock works, and stops at once when it is told that it may have it no longer. */
async function work(client: Client, { onTurn }: { onTurn: (token: number) => Promise<void> }): Promise<void> {
  const lock = new InterProcessMutex(client, '/locks/reports');
  for (;;) {
    const hold = await lock.acquire();
    while (hold.isHeld()) await onTurn(hold.token);
  }
}

// Virtual time: a minute of partitions takes less than a second, and a seed that fails once fails every time.
test.each([1, 2, 3])('nobody works with an old token while servers are cut off (seed %i)', async (seed) => {
  const tokens = await simulate(
    async (world) => {
      const tokens: number[] = [];
      const workers = Array.from({ length: 3 }, () => world.client({ sessionTimeoutMs: 2000 }));
      for (const client of workers) {
        const onTurn = async (token: number) => {
          tokens.push(token);
          await world.sleep(100, { client });
        };
        work(client, { onTurn }).catch(() => undefined); // it is cut off for longer than a lock can wait
      }
      for (let round = 0; round < 5; round++) {
        // A leader that has lost its followers, with one worker on its side.
        await world.until(() => world.leader !== null);
        const [unlucky, ...others] = workers;
        const minority = world.servers.filter((server) => server === world.leader);
        const majority = world.servers.filter((server) => server !== world.leader);
        world.partition([...minority, unlucky!], [...majority, ...others]);
        await world.sleep(8000);
        world.heal();
        await world.sleep(4000);
        workers.push(workers.shift()!);
      }
      return tokens;
    },
    { seed },
  );
  expect(new Set(tokens).size).toBeGreaterThan(1); // the work has changed hands
  expect(tokens).toEqual([...tokens].sort((a, b) => a - b)); // and never back
});
