import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Client } from '../../src/client/index.js';
import type { Network, Runtime } from '../../src/runtime/index.js';
import { nodeRuntime } from '../../src/runtime/index.js';
import { startServer } from '../../src/testing/index.js';
import { builtFile, projectRoot } from '../support/built.js';
import { FaultProxy } from '../support/proxy.js';
import { TrackedProcess } from '../support/tracked-process.js';

const STEP_MS = 20_000;
const BACKOFF = { baseMs: 50, maxMs: 200 };
const CLOSE_TIMEOUT_MS = 300;

/** The network with a directory of names of its own, and a list of the addresses that were dialled. */
class NamedNetwork {
  readonly names = new Map<string, string[]>();
  readonly dialled: string[] = [];
  readonly runtime: Runtime;
  #onDial: () => void = () => undefined;

  constructor() {
    const real = nodeRuntime();
    const network: Network = {
      connect: (target) => {
        this.dialled.push(target.host);
        this.#onDial();
        return real.network.connect(target);
      },
      resolve: (host) => Promise.resolve(this.names.get(host) ?? []),
      listen: (options, onStream) => real.network.listen(options, onStream),
    };
    this.runtime = { ...real, network };
  }

  async hasDialled(count: number): Promise<void> {
    while (this.dialled.length < count) await new Promise<void>((resolve) => (this.#onDial = resolve));
  }
}

test('9. Host names move to new addresses: reconnected within one backoff', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'pinfold-moving-'));
  const [old, fresh, name] = ['127.0.0.1', '127.0.0.2', 'coordination.example.com'];
  const network = new NamedNetwork();
  const { runtime, names, dialled } = network;
  names.set(name, [old]);
  const before = await startServer({ dataDir, host: old });
  const { port } = before;
  await using client = await Client.connect(`${name}:${port}`, { runtime, backoff: BACKOFF });
  await client.create('/mine', null, { mode: 'ephemeral' });
  const { sessionId } = client;
  expect(dialled).toEqual([old]);

  // The machine is gone for longer than it takes to try it a few times.
  await before.stop();
  await network.hasDialled(4);
  expect(new Set(dialled)).toEqual(new Set([old]));

  // It comes back under another address, and the name follows it.
  await using after = await startServer({ dataDir, host: fresh, port });
  const back = new Promise<void>((resolve) => client.once('reconnected', () => resolve()));
  const dialledBefore = dialled.length;
  names.set(name, [fresh]);
  const movedMs = performance.now();
  await back;
  // The first attempt of all that begin after the move; the backoff says when that is.
  const later = dialled.slice(dialledBefore);
  expect(later.filter((host) => host === fresh)).toHaveLength(1);
  expect(later.at(-1)).toBe(fresh);
  expect(later.length).toBeLessThanOrEqual(2);
  expect(performance.now() - movedMs).toBeLessThan(10 * BACKOFF.maxMs);
  expect(client.sessionId).toBe(sessionId);
  expect((await client.exists('/mine')).stat?.ephemeralOwner).toBe(sessionId);
  await client.close();
  await after.close();
  await rm(dataDir, { recursive: true });
});

test('10. Close while no server answers: resolves in bounded time, no handle left', async () => {
  builtFile('index.js');
  await using server = await startServer();
  await using proxy = await FaultProxy.start(server.connectString);
  await using silent = await FaultProxy.start(server.connectString);
  silent.blackHole('to-server', 'to-client');
  const args = ['test/acceptance/fixtures/closing-client.mjs', proxy.connectString, silent.connectString];
  const child = new TrackedProcess({
    command: process.execPath,
    args: [...args, String(CLOSE_TIMEOUT_MS)],
    cwd: projectRoot,
  });
  const say = (what: string): Promise<string> => child.line((line) => line === what, { timeoutMs: STEP_MS });
  await say('connected');
  proxy.blackHole('to-server', 'to-client');
  child.write('silent\n');
  await say('closed silent');
  // With nobody listening at all, and with calls under way.
  proxy.refuse(true);
  proxy.cut();
  child.write('refused\n');
  await say('closed refused');
  // Node ends a process when nothing is left that could wake it: every socket and timer is gone.
  child.write('end\n');
  expect(await child.exited).toEqual({ code: 0, signal: null });
  const report = JSON.parse(child.lines.at(-1) ?? '') as { closeMs: number[]; calls: string[] };
  expect(report.calls).toEqual(['CLOSED, perhaps applied', 'CLOSED', 'CLOSED']);
  for (const closeMs of report.closeMs) expect(closeMs).toBeLessThan(CLOSE_TIMEOUT_MS + 1000);
  expect(child.stderr).toBe('');
});
