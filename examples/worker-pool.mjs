import { Client, LeaderLatch, startServer } from 'pinfold';

const JOBS = '/pool/jobs';

/** One process of the pool. All do the same; one of them, whichever it is, deals out the work besides. */
async function worker(client, name, stopping) {
  const latch = new LeaderLatch(client, '/pool/leader', { id: name });
  latch.start();
  const dealing = (async () => {
    for await (const term of latch.terms({ signal: stopping })) await deal(client, term);
  })();
  let done = 0;
  while (!stopping.aborted) done += await work(client);
  await latch.close(); // the next in line leads from here on
  await dealing;
  return done;
}

/** The leader's part: each write is refused if somebody else leads by then. */
async function deal(client, term) {
  const { children } = await client.getChildren(JOBS);
  for (let at = children.length; at < 6 && term.isHeld(); at += 1) {
    await term.transaction().create(`${JOBS}/job-${at}`, '').commit();
  }
}

/** Everybody's part: the first to delete a job has it. */
async function work(client) {
  const { children } = await client.getChildren(JOBS);
  for (const job of children) {
    const { data } = await client.getData(`${JOBS}/${job}`);
    if (data.length > 0) continue;
    const claimed = await client.setData(`${JOBS}/${job}`, 'done', { version: 0 }).catch(() => null);
    if (claimed !== null) return 1;
  }
  return 0;
}

const server = await startServer();
const clients = await Promise.all([1, 2, 3].map(() => Client.connect(server.connectString)));
await clients[0].create('/pool');
await clients[0].create(JOBS);

const stopping = new AbortController();
const pool = clients.map((client, index) => worker(client, `worker ${index}`, stopping.signal));
const isDone = async () => {
  const { children } = await clients[0].getChildren(JOBS);
  const jobs = await Promise.all(children.map((job) => clients[0].getData(`${JOBS}/${job}`)));
  return jobs.filter(({ data }) => data.length > 0).length === 6;
};
while (!(await isDone()));
stopping.abort();
const counts = await Promise.all(pool);
console.log(`${counts.reduce((sum, count) => sum + count)} jobs done by ${counts.length} workers`);

await Promise.all(clients.map((client) => client.close()));
await server.close();
