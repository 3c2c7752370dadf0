import { afterEach, describe, expect, it, vi } from 'vitest';
import type { WatchEvent } from '../../../src/client/index.js';
import { Client } from '../../../src/client/index.js';
import type { Logger } from '../../../src/runtime/index.js';
import { nodeRuntime, SILENT_LOGGER } from '../../../src/runtime/index.js';
import { inspectServerConfig, usableConfig } from '../../../src/server/config/parse-server-config.js';
import type { StandaloneServer } from '../../../src/server/runtime/standalone-server.js';
import { startStandaloneServer } from '../../../src/server/runtime/standalone-server.js';
import { MemoryDisk } from '../../../src/server/storage/memory-disk.js';
import { FaultyDisk } from '../storage/support/faulty-disk.js';

const NODES = 20;
const CHANGES = new Set(['created', 'deleted', 'dataChanged']);
/** What the watcher saw before anything failed. */
const CONTROL = ['created /control'];
const isLog = (path: string): boolean => /\/log\.[0-9a-f]+$/.test(path);

/** A server on a disk that can be told to fail, and the clients it has. */
class Rig {
  readonly device = new MemoryDisk({ tracksSync: true });
  readonly disk = new FaultyDisk(this.device);
  readonly warnings: string[] = [];
  readonly clients: Client[] = [];
  private running: StandaloneServer | null = null;

  get server(): StandaloneServer {
    if (this.running === null) throw new Error('no server was started');
    return this.running;
  }

  async start(): Promise<void> {
    const text = 'dataDir=/data\nclientPort=0\nclientPortAddress=127.0.0.1\npreAllocSize=64';
    const input = { kind: 'file', path: 'test', text } as const;
    const config = usableConfig(inspectServerConfig(input, { baseDir: '/', strict: true }));
    const logger: Logger = { ...SILENT_LOGGER, warn: (message) => this.warnings.push(message) };
    this.running = await startStandaloneServer(config, { runtime: nodeRuntime(), disk: this.disk, logger });
  }

  async client(): Promise<Client> {
    const client = await Client.connect(`127.0.0.1:${this.server.clientAddress?.port}`);
    this.clients.push(client);
    return client;
  }

  async end(): Promise<void> {
    await this.server.stop();
    await Promise.all(this.clients.map((client) => client.close({ timeoutMs: 0 })));
  }
}

const rigs: Rig[] = [];

afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.end()));
});

/** A server that has acknowledged some nodes, with one client that writes and one that would see what is written. */
async function rigWithNodes(): Promise<{ rig: Rig; writer: Client; seen: string[] }> {
  const rig = new Rig();
  rigs.push(rig);
  await rig.start();
  const [writer, reader] = [await rig.client(), await rig.client()];
  for (let index = 0; index < NODES; index += 1) await writer.create(`/node-${index}`, `data ${index}`);
  const seen: string[] = [];
  void noteChanges(await reader.addWatch('/', { recursive: true }), seen);
  await writer.create('/control');
  await vi.waitFor(() => expect(seen).toEqual(CONTROL), { timeout: 20_000 });
  return { rig, writer, seen };
}

/** Every change of a node that a client is told of. */
async function noteChanges(events: AsyncIterable<WatchEvent>, seen: string[]): Promise<void> {
  for await (const { type, path } of events) if (CHANGES.has(type)) seen.push(`${type} ${path}`);
}

async function expectAcknowledged(rig: Rig): Promise<void> {
  const reader = await rig.client();
  for (let index = 0; index < NODES; index += 1) {
    expect((await reader.getData(`/node-${index}`)).data?.toString()).toBe(`data ${index}`);
  }
}

describe('an fsync that fails once', () => {
  it('ends the server: nothing of that group is answered or seen, and the next sync is not believed', async () => {
    const { rig, writer, seen } = await rigWithNodes();
    let failures = 0;
    rig.disk.faults.sync = (path) => (isLog(path) && failures++ === 0 ? 'EIO' : null);
    const doubtful = await Promise.allSettled([writer.create('/doubtful'), writer.setData('/node-0', 'doubtful')]);
    expect(doubtful.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const failure = await rig.server.failed;
    expect(failure).toMatchObject({ code: 'LOG_FAILED', file: expect.stringMatching(/\/log\./) as string });
    expect(failure.message).toMatch(/could not be written: EIO.*start again/);
    expect(rig.server.isServing).toBe(false);
    expect(failures).toBe(1);
    expect(seen).toEqual(CONTROL);
  });

  it('loses nothing acknowledged: not when the process starts again, and not when the power was lost, too', async () => {
    for (const losesPower of [false, true]) {
      const { rig, writer } = await rigWithNodes();
      let failures = 0;
      rig.disk.faults.sync = (path) => (isLog(path) && failures++ === 0 ? 'EIO' : null);
      await expect(writer.create('/doubtful')).rejects.toMatchObject({ ambiguous: true });
      await rig.server.failed;
      if (losesPower) rig.device.crash();
      await rig.start();
      await expectAcknowledged(rig);
      if (losesPower) expect((await (await rig.client()).exists('/doubtful')).stat).toBeNull();
    }
  });
});

describe('a disk that fills in the middle of a write', () => {
  it.each(['ENOSPC', 'EDQUOT', 'EIO'])(
    'ends the server with %s, and a start with space again loses nothing',
    async (code) => {
      const { rig, writer, seen } = await rigWithNodes();
      let failures = 0;
      rig.disk.faults.write = (path, bytes) => {
        if (!isLog(path) || failures > 0) return null;
        failures += 1;
        return { written: Math.floor(bytes / 2), code };
      };
      await expect(writer.create('/doubtful', 'x'.repeat(5000))).rejects.toMatchObject({ ambiguous: true });
      expect((await rig.server.failed).message).toMatch(new RegExp(`could not be written: ${code}`));
      expect(seen).toEqual(CONTROL);
      await rig.start();
      await expectAcknowledged(rig);
      expect((await (await rig.client()).exists('/doubtful')).stat).toBeNull();
      expect(rig.warnings.join()).toMatch(/ends with a record that a crash cut off/);
    },
  );

  it('goes on serving when only a snapshot or the marker found no room', async () => {
    const rig = new Rig();
    rigs.push(rig);
    await rig.start();
    rig.disk.faults.write = (path) => (isLog(path) ? null : { written: 0, code: 'ENOSPC' });
    const client = await rig.client();
    for (let index = 0; index < NODES; index += 1) await client.create(`/node-${index}`, `data ${index}`);
    await rig.server.stop();
    rig.disk.faults = {};
    await rig.start();
    await expectAcknowledged(rig);
  });
});
