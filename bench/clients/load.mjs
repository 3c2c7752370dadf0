// One client in a process of its own under one load: KIND MODULE CONNECT_STRING OP IN_FLIGHT WARM_UP_S SECONDS.
// Prints one line of JSON; ends with status 1 when an answer was wrong or none came.
import { setTimeout as sleep } from 'node:timers/promises';

/** @import { Connection } from './connection.mjs' */

const [kind, module = '', connectString = '', op, inFlight, warmUpS, secondsS] = process.argv.slice(2);
const KEYS = 1000;
const PREFIX = '/client-load';

/** @type {{ connect: (module: string, connectString: string) => Promise<Connection> }} */
const adapter = await import(`./${kind}.mjs`);
const client = await adapter.connect(module, connectString);
const paths = Array.from({ length: KEYS }, (_, key) => `${PREFIX}/k${String(key).padStart(8, '0')}`);
const values = paths.map((path) => Buffer.from(path.padEnd(100, '.')));
await client.createIfMissing(PREFIX, Buffer.alloc(0));
await Promise.all(paths.map((path, key) => client.createIfMissing(path, values[key] ?? Buffer.alloc(0))));

let next = 0;
let answered = 0;
let running = true;
/** @param {string} reason */
const fail = (reason) => {
  console.error(`${kind}: ${reason}`);
  process.exit(1);
};

const get = () => {
  const key = (next = (next + 1) % KEYS);
  client.get(paths[key] ?? '', (error, data) => {
    if (error !== null || data === null) fail(`get: ${String(error)}`);
    else if (data.length !== 100 || !data.equals(values[key] ?? data)) fail('get: the data of another node');
    answered += 1;
    if (running) get();
  });
};
const set = () => {
  const key = (next = (next + 1) % KEYS);
  client.set(paths[key] ?? '', values[key] ?? Buffer.alloc(0), (error) => {
    if (error !== null) fail(`set: ${String(error)}`);
    answered += 1;
    if (running) set();
  });
};
for (let slot = 0; slot < Number(inFlight); slot += 1) (op === 'get' ? get : set)();

await sleep(Number(warmUpS) * 1e3);
const before = { answered, ms: performance.now(), cpu: process.cpuUsage() };
await sleep(Number(secondsS) * 1e3);
const ops = answered - before.answered;
const seconds = (performance.now() - before.ms) / 1e3;
const { user, system } = process.cpuUsage(before.cpu);
const rss = process.memoryUsage.rss() / 2 ** 20;
running = false;
if (ops === 0) fail('nothing was answered');
console.log(JSON.stringify({ ops: ops / seconds, cpu: (user + system) / ops, rss }));
process.exit(0);
