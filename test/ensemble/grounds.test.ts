import { afterEach, describe, expect, it } from 'vitest';
import { connect } from 'node:net';
import { until } from '../interop/support/until.js';
import { TrackedProcess } from '../support/tracked-process.js';
import { CLIENTS, type Ground } from './support/ground.js';
import { LAYS } from './support/lays.js';

const SERVERS = [1, 2];
const PATIENCE_MS = 20_000;
/** Answers every line with the same line. */
const ECHO = `require('node:net').createServer((s) => s.on('error', () => {}).pipe(s)).listen(
  Number(process.argv[2]), process.argv[1], () => console.log('ready'))`;
/** Sends a number every 20 ms over one connection, and prints what comes back. */
const CALLER = `const s = require('node:net').connect(Number(process.argv[2]), process.argv[1]); let n = 0;
  setInterval(() => s.write(++n + '\\n'), 20); s.pipe(process.stdout); s.on('error', (e) => console.log(e.code));
  s.on('close', () => console.log('closed'))`;

const grounds: Ground[] = [];
const processes: TrackedProcess[] = [];

afterEach(async () => {
  for (const each of processes.splice(0)) await each.stop('SIGKILL', 1_000);
  for (const each of grounds.splice(0)) await each.close();
});

function run(ground: Ground, place: number, script: string, ...args: readonly (string | number)[]): TrackedProcess {
  const command = { command: process.execPath, args: ['-e', script, ...args.map(String)] };
  const started = new TrackedProcess(place === CLIENTS ? command : ground.placed(place, command));
  processes.push(started);
  return started;
}

/** One who calls server 1's quorum port from server 2, and gets answers. */
async function conversation(ground: Ground): Promise<TrackedProcess> {
  grounds.push(ground);
  const own = ground.address(1, 1);
  const echo = run(ground, 1, ECHO, own.host, own.quorum);
  await echo.line((line) => line === 'ready', { timeoutMs: PATIENCE_MS });
  const { host, quorum } = ground.address(1, 2);
  const caller = run(ground, 2, CALLER, host, quorum);
  await answers(caller, 3);
  return caller;
}

async function answers(caller: TrackedProcess, more: number): Promise<void> {
  const wanted = caller.lines.length + more;
  await caller.until(() => caller.lines.length >= wanted || undefined, PATIENCE_MS);
}

/** Resolves when no answer has come for a while. */
async function silence(caller: TrackedProcess): Promise<void> {
  let [seen, times] = [-1, 0];
  await until(
    () => {
      times = caller.lines.length === seen ? times + 1 : 0;
      seen = caller.lines.length;
      return times >= 8 || undefined;
    },
    { what: 'nothing is heard', timeoutMs: PATIENCE_MS, everyMs: 50 },
  );
}

describe.each(await LAYS.allowed())('servers over $kind', ({ lay }) => {
  it.each([
    ['what is asked', 2, 1],
    ['what is answered', 1, 2],
  ])('are cut off from each other by silence on %s, and hear all of it when it ends', async (_, from, to) => {
    const ground = await lay(SERVERS);
    const caller = await conversation(ground);
    await ground.silence(from, to);
    await silence(caller);
    await ground.heal();
    await answers(caller, 3);
    expect(caller.lines.map(Number)).toEqual(caller.lines.map((_, index) => index + 1));
  });

  it('are reached by clients, until these are cut off', async () => {
    const ground = await lay(SERVERS);
    grounds.push(ground);
    const own = ground.address(1, 1);
    const echo = run(ground, 1, ECHO, own.host, own.client);
    await echo.line((line) => line === 'ready', { timeoutMs: PATIENCE_MS });
    const { host, client } = ground.address(1, CLIENTS);
    const caller = run(ground, CLIENTS, CALLER, host, client);
    await answers(caller, 3);
    await ground.silence(CLIENTS, 1);
    await silence(caller);
    await ground.heal();
    await answers(caller, 3);
  });
});

describe('proxies', () => {
  it('break connections, and tell both sides', async () => {
    const ground = await LAYS.proxies(SERVERS);
    const caller = await conversation(ground);
    ground.reset?.(1, 2);
    await caller.line((line) => line === 'closed', { timeoutMs: PATIENCE_MS });
    expect(caller.lines).toContain('ECONNRESET');
  });

  it('tell who dials a dead server', async () => {
    const ground = await LAYS.proxies(SERVERS);
    grounds.push(ground);
    const { host, quorum } = ground.address(1, 2);
    const code = await new Promise((resolve) => {
      connect(quorum, host).once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    expect(code).toBe('ECONNRESET');
  });
});
