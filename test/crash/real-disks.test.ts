import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Client } from '../../src/client/index.js';
import { askWord, Command, configFile, scratchPath } from '../cli/support/command.js';
import { SmallVolume } from '../support/small-volume.js';

const VOLUME_KB = 1536;
/** Kept back at first: more than a snapshot takes. */
const RESERVE_KB = 4096;
const NODE_BYTES = 16_384;
const IN_FLIGHT = 4;
/** In a tree that nobody has written to, as the word counts: the root twice, and the reserved ones. */
const BARE_NODES = 5;
/** Where no volume can be mounted, a limit on the size of a file stands for the full disk. */
const FILE_KB_MAX = 256;

const volumes: SmallVolume[] = [];

afterEach(() => {
  for (const volume of volumes.splice(0)) volume.unmount();
});

function mounted(sizeKb: number): SmallVolume | null {
  const volume = SmallVolume.mount(sizeKb);
  if (volume !== null) volumes.push(volume);
  return volume;
}

function serverOn(dataDir: string, options: { fileKbMax?: number } = {}): Command {
  return new Command(['server', configFile(`dataDir=${dataDir}`, 'clientPort=0', 'preAllocSize=64')], options);
}

async function connectedTo(server: Command): Promise<Client> {
  const connecting = Client.connect(`127.0.0.1:${await server.port()}`);
  const ended = server.ended.then(({ stderr }) => Promise.reject(new Error(`the server ended: ${stderr}`)));
  return Promise.race([connecting, ended]);
}

/** Creates nodes until the server is no more; the paths of those that were acknowledged. */
async function fill(client: Client): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let count = 0; ; count += IN_FLIGHT) {
    const paths = Array.from({ length: IN_FLIGHT }, (_, index) => `/node-${count + index}`);
    const made = await Promise.allSettled(paths.map((path) => client.create(path, path.padEnd(NODE_BYTES))));
    acknowledged.push(...paths.filter((_, index) => made[index]?.status === 'fulfilled'));
    if (made.some(({ status }) => status === 'rejected')) return acknowledged;
  }
}

async function expectAll(server: Command, acknowledged: readonly string[]): Promise<void> {
  const reader = await connectedTo(server);
  const found = await Promise.all(acknowledged.map((path) => reader.getData(path)));
  expect(found.map(({ data }) => data?.toString())).toEqual(acknowledged.map((path) => path.padEnd(NODE_BYTES)));
  await reader.create('/goes on', 'x');
  await reader.close();
}

describe('a real file system that is full', () => {
  it('ends the server with 10 and the reason; with space again nothing acknowledged is missing', async () => {
    const volume = mounted(VOLUME_KB + RESERVE_KB);
    const dataDir = volume === null ? scratchPath('data') : join(volume.path, 'data');
    const reserve = volume === null ? null : join(volume.path, 'reserve');
    if (reserve !== null) writeFileSync(reserve, Buffer.alloc(RESERVE_KB * 1024));
    const server = serverOn(dataDir, volume === null ? { fileKbMax: FILE_KB_MAX } : {});
    const client = await connectedTo(server);
    const filling = fill(client);
    const { status, stderr } = await server.ended;
    await client.close({ timeoutMs: 0 });
    const acknowledged = await filling;
    expect(acknowledged.length).toBeGreaterThan(20);
    expect(status).toBe(10);
    expect(stderr).toMatch(
      /^pinfold: \/.*\/log\.\d+: the transaction log could not be written: (ENOSPC|EFBIG)[^\n]*\n$/,
    );

    if (reserve !== null) rmSync(reserve);
    const again = serverOn(dataDir);
    await expectAll(again, acknowledged);
    again.kill('SIGTERM');
    expect((await again.ended).status).toBe(0);
  });

  it('lets a server start with everything, or refuses with the reason, and spoils nothing', async () => {
    const volume = mounted(VOLUME_KB);
    const dataDir = volume === null ? scratchPath('data') : join(volume.path, 'data');
    const server = serverOn(dataDir, volume === null ? { fileKbMax: FILE_KB_MAX } : {});
    const client = await connectedTo(server);
    const filling = fill(client);
    await server.ended;
    await client.close({ timeoutMs: 0 });
    const acknowledged = await filling;
    // Every start tries to write, a few times; none may make it worse.
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const full = serverOn(dataDir, volume === null ? { fileKbMax: 0 } : {});
      const started = await Promise.race([full.port(), full.ended]).catch(() => full.ended);
      if (typeof started === 'number') {
        // A session would have to be logged: what it found can be asked for without one.
        const [, nodes] = /^Node count: (\d+)$/m.exec(await askWord('srvr', started)) ?? [];
        expect(Number(nodes)).toBeGreaterThanOrEqual(acknowledged.length + BARE_NODES);
        full.kill('SIGKILL');
      } else {
        expect(started).toMatchObject({
          status: 10,
          stderr: expect.stringMatching(/^pinfold: .*(ENOSPC|EFBIG)/) as string,
        });
      }
      await full.ended;
    }
    const log = join(dataDir, 'version-2', 'log.1');
    expect(existsSync(log)).toBe(true);
    volume?.resize(VOLUME_KB + RESERVE_KB);
    const again = serverOn(dataDir);
    await expectAll(again, acknowledged);
    again.kill('SIGTERM');
    expect((await again.ended).status).toBe(0);
  });
});

describe('a directory that may only be read', () => {
  it('is refused with 3 and its name, and served once it may be written', async () => {
    const volume = mounted(VOLUME_KB);
    const home = volume?.path ?? scratchPath('home');
    const dataDir = join(home, 'data');
    mkdirSync(dataDir, { recursive: true });
    const allow = (allowed: boolean): void => {
      if (volume === null) chmodSync(dataDir, allowed ? 0o700 : 0o500);
      else volume.setReadOnly(!allowed);
    };
    allow(false);
    const { status, stderr } = await serverOn(dataDir).ended;
    allow(true);
    expect(status).toBe(3);
    expect(stderr).toMatch(new RegExp(`^pinfold: ${dataDir}[^\\n]*\\n$`));
    const server = serverOn(dataDir);
    await expectAll(server, []);
    server.kill('SIGTERM');
    expect((await server.ended).status).toBe(0);
  });
});

describe('two servers on one directory', () => {
  it('are one: the second is refused with 3, the first serves on, and its successor after a kill is let in', async () => {
    const dataDir = scratchPath('data');
    const first = serverOn(dataDir);
    const client = await connectedTo(first);
    await client.create('/node-0', '/node-0'.padEnd(NODE_BYTES));
    const { status, stderr } = await serverOn(dataDir).ended;
    expect(status).toBe(3);
    expect(stderr).toMatch(/another pinfold server is using this directory/);
    await client.create('/node-1', '/node-1'.padEnd(NODE_BYTES));
    first.kill('SIGKILL');
    await first.ended;
    await client.close({ timeoutMs: 0 });
    const successor = serverOn(dataDir);
    await expectAll(successor, ['/node-0', '/node-1']);
    successor.kill('SIGTERM');
    expect((await successor.ended).status).toBe(0);
  });
});
