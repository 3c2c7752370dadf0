// One process whose clients contend for one InterProcessMutex: MODULE CONNECT_STRING PATH CONTENDERS WARM_UP_S SECONDS.
// Each contender has a session of its own and asks again as soon as it has given the lock back. Prints one line of JSON;
// ends with status 1 when two held the lock at once.
import { setTimeout as sleep } from 'node:timers/promises';

const [module = '', connectString = '', path = '', contenders, warmUpS, secondsS] = process.argv.slice(2);
/** @type {typeof import('../../src/index.js')} */
const { Client, InterProcessMutex } = await import(module);

let holders = 0;
let turns = 0;
let isRunning = true;
const clients = await Promise.all(Array.from({ length: Number(contenders) }, () => Client.connect(connectString)));
const contests = clients.map(async (client) => {
  const mutex = new InterProcessMutex(client, path);
  while (isRunning) {
    const hold = await mutex.acquire();
    holders += 1;
    if (holders !== 1) throw new Error(`${holders} contenders hold the lock at once`);
    turns += 1;
    holders -= 1;
    await hold.release();
  }
});
const contest = Promise.all(contests);
contest.catch((error) => {
  console.error(String(error));
  process.exit(1);
});

await sleep(Number(warmUpS) * 1e3);
const before = { turns, ms: performance.now(), cpu: process.cpuUsage() };
await sleep(Number(secondsS) * 1e3);
const taken = turns - before.turns;
const seconds = (performance.now() - before.ms) / 1e3;
const { user, system } = process.cpuUsage(before.cpu);
isRunning = false;
await contest;
await Promise.all(clients.map((client) => client.close()));
console.log(JSON.stringify({ ops: taken / seconds, cpu: (user + system) / Math.max(1, taken) }));
