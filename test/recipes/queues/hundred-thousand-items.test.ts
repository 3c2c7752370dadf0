import { expect, test } from 'vitest';
import { Client } from '../../../src/client/index.js';
import { DistributedQueue } from '../../../src/recipes/index.js';
import { encodeItems } from '../../../src/recipes/queues/item-format.js';
import { startServer } from '../../../src/testing/index.js';

const ITEMS = 100_000;
const BATCH = 1000;
const TAKEN = 20;

// Their names take two megabytes, twice of what a client reads by default. Putting them takes most of the time.
test('a queue of a hundred thousand items is consumed from its beginning, by a client as it is by default', async () => {
  await using server = await startServer();
  await using client = await Client.connect(server.connectString);
  const queue = new DistributedQueue(client, '/errands');
  await queue.start();
  const data = encodeItems([Buffer.from('an errand')]);
  for (let from = 0; from < ITEMS; from += BATCH) {
    const batch = client.transaction();
    for (let at = 0; at < BATCH; at++) batch.create('/errands/queue-', data, { mode: 'persistent-sequential' });
    await batch.commit();
  }
  const names: string[] = [];
  for await (const item of queue.items()) {
    await item.ack();
    if (names.push(item.name) === TAKEN) break;
  }
  expect(names).toEqual(Array.from({ length: TAKEN }, (_, at) => `queue-${String(at).padStart(10, '0')}`));
  expect(await queue.size()).toBe(ITEMS - TAKEN);
});
