import { CachedAtomicLong, Client, DistributedAtomicLong, OutcomeUnknownError, startServer } from 'pinfold';

const server = await startServer();
const client = await Client.connect(server.connectString);

const visits = new DistributedAtomicLong(client, '/counters/visits');
try {
  const { preValue, postValue } = await visits.increment();
  console.log(`${preValue} -> ${postValue}`);
} catch (error) {
  // The answer got lost, and it cannot be known whether it was counted. Counting again may count twice: you decide.
  if (!(error instanceof OutcomeUnknownError)) throw error;
}

// With a marker beside each write there is no such doubt, as long as the session lives.
const money = new DistributedAtomicLong(client, '/counters/cents', { exactlyOnce: true });
await money.add(1999n);
console.log(await money.compareAndSet(1999n, 0n).then(({ succeeded }) => succeeded));

// Unique numbers, a hundred for the price of one.
const ids = new CachedAtomicLong(client, new DistributedAtomicLong(client, '/counters/ids'), 100);
console.log((await ids.next()).preValue, (await ids.next()).preValue);

await client.close();
await server.close();
