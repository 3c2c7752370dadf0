// A process that does with pinfold what it is told: peer.mjs HOST:PORT SESSION_TIMEOUT_MS ROOM...
// The same verbs and answers as ../curator/CuratorPeer.java, where the format is described.
import { createInterface } from 'node:readline';
import { Client } from 'pinfold';

const CONNECT_TIMEOUT_MS = 2_000;

const [connectString, sessionTimeoutMs, ...rooms] = process.argv.slice(2);
const client = await Client.connect(connectString, {
  sessionTimeoutMs: Number(sessionTimeoutMs),
  // Apache's server never answers a connection that it accepted too early in its start.
  connectTimeoutMs: CONNECT_TIMEOUT_MS,
});

/** The clock of Java's System.nanoTime: monotonic, and the same for all processes of a machine. */
function nanoTime() {
  return Number(process.hrtime.bigint());
}

// What was read as bytes is told as text, and what does not fit into a number likewise.
function asJson(key, value) {
  if (typeof value === 'bigint') return value.toString();
  return value?.type === 'Buffer' ? Buffer.from(value.data).toString() : value;
}

function say(line) {
  process.stdout.write(`${JSON.stringify(line, asJson)}\n`);
}

function tell(event, what = {}) {
  say({ event, at: nanoTime(), ...what });
}

const verbs = {};
for (const room of rooms) {
  const { furnish } = await import(`./${room}.mjs`);
  Object.assign(verbs, furnish({ client, nanoTime, tell }));
}

async function obey(id, verb, words) {
  try {
    if (!(verb in verbs)) throw new Error(`no such verb: ${verb}`);
    say({ id, result: (await verbs[verb](...words)) ?? null });
  } catch (error) {
    process.stderr.write(`${error.stack}\n`);
    say({ id, error: String(error) });
  }
}

tell('ready');
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'quit') break;
  const [id, verb, ...words] = line.split(' ').map(decodeURIComponent);
  void obey(Number(id), verb, words);
}
await client.close();
process.exit(0);
