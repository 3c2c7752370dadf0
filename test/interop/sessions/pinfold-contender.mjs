// A process that takes turns with others on one lock: pinfold-contender.mjs HOST:PORT LOCK GUARD SESSION_TIMEOUT_MS.
// The same commands and lines as CuratorContender.java.
import { createInterface } from 'node:readline';
import { Client, InterProcessMutex } from 'pinfold';

const [connectString, lockPath, guardPath, sessionTimeoutMs] = process.argv.slice(2);
const client = await Client.connect(connectString, { sessionTimeoutMs: Number(sessionTimeoutMs) });
const mutex = new InterProcessMutex(client, lockPath);
let held = null;

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

// The clock of Java's System.nanoTime: monotonic, and the same for all processes of a machine.
function nanoTime() {
  return Number(process.hrtime.bigint());
}

async function enter(hold) {
  const guard = await client.create(guardPath, null, { mode: 'ephemeral' });
  const entered = nanoTime();
  if (!hold.isHeld()) throw new Error('entered a lock that is not held');
  return { token: hold.token, guard: guard.stat.czxid, entered };
}

async function leave() {
  const left = nanoTime();
  await client.delete(guardPath);
  return left;
}

async function contend(times, callers) {
  let left = times;
  const caller = async () => {
    while (left-- > 0) {
      await mutex.run(async (hold) => {
        const entered = await enter(hold);
        say({ ...entered, left: await leave() });
      });
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

const commands = {
  async contend(times, callers) {
    await contend(Number(times), Number(callers));
    say({ done: true });
  },
  async acquire() {
    held = await mutex.acquire();
    say({ path: held.path, ...(await enter(held)) });
  },
  async release() {
    await leave();
    await held.release();
    say({ released: true });
  },
  async quit() {
    await client.close();
  },
};

say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...words] = line.split(' ');
  await commands[command](...words);
  if (command === 'quit') break;
}
