import { Client, InterProcessMutex, NoNodeError, startServer } from 'pinfold';

/** Called by every replica at every tick; one of them runs the job. False: it was done already. */
export async function oncePerTick(client, { name, tick, job }) {
  const record = `/jobs-${name}-done`;
  return new InterProcessMutex(client, `/jobs/${name}`).run(async (hold) => {
    const last = await client.getData(record).catch(async (error) => {
      if (!(error instanceof NoNodeError)) throw error;
      return client.create(record, '');
    });
    if (last.data?.toString() === tick) return false;
    await job(hold.signal);
    // Refused if the lock was lost meanwhile: then another replica may be at the same job.
    await hold.transaction().setData(record, tick).commit();
    return true;
  });
}

const server = await startServer();
const replicas = await Promise.all([1, 2, 3].map(() => Client.connect(server.connectString)));
const job = async () => console.log('sending the nightly report');
const ran = await Promise.all(
  replicas.map((client) => oncePerTick(client, { name: 'nightly-report', tick: '2026-11-21', job })),
);
console.log(`${ran.filter(Boolean).length} of ${ran.length} replicas did it`);

await Promise.all(replicas.map((client) => client.close()));
await server.close();
