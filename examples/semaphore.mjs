import { setTimeout } from 'node:timers/promises';
import { Client, InterProcessSemaphoreV2, startServer } from 'pinfold';

const server = await startServer();
const client = await Client.connect(server.connectString);
// All processes of the fleet together may have three conversions going on.
const conversions = new InterProcessSemaphoreV2(client, '/limits/conversions', { permits: 3 });

let running = 0;
let most = 0;
async function convert(lease) {
  running += 1;
  most = Math.max(most, running);
  await setTimeout(50, null, { signal: lease.signal }); // stops when the lease is lost
  running -= 1;
}
await Promise.all(Array.from({ length: 10 }, () => conversions.run(convert)));
console.log(`10 conversions, ${most} at a time`);

// Two at once, or none.
const both = await conversions.acquire({ count: 2, timeoutMs: 5000 });
console.log(`leases: ${both.holds.length}, free: ${await conversions.available()}`);
console.log('two more now:', await conversions.tryAcquire({ count: 2 }));
await both.release();

await client.close();
await server.close();
