import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EnsembleConfig } from '../../../src/server/config/ensemble-config.js';
import { MembershipWriter } from '../../../src/server/config/membership-writer.js';
import { parseServerConfig } from '../../../src/server/config/parse-server-config.js';
import type { Disk } from '../../../src/server/storage/disk.js';
import { MemoryDisk } from '../../../src/server/storage/memory-disk.js';
import { NodeDisk } from '../../../src/server/storage/node-disk.js';
import { QuorumConfig } from '../../../src/server/zab/quorum-config.js';

const configFile = '/etc/zoo.cfg';
const members = (sids: readonly number[]) =>
  sids.map((sid) => `server.${sid}=zk${sid}:2888:3888:participant;0.0.0.0:2181`);
const version = (hex: string, sids: readonly number[]) =>
  QuorumConfig.parse([...members(sids), `version=${hex}`].join('\n'));
const first = version('100000000', [1, 2, 3]);
const second = version('100000007', [1, 2, 4]);
const initialText = [
  '# pinfold',
  'dataDir=/data',
  'initLimit=10',
  'syncLimit=5',
  'clientPort=2181',
  'reconfigEnabled=true',
  ...members([1, 2, 3]),
  '',
].join('\n');

async function put(disk: Disk, path: string, text: string): Promise<void> {
  const file = await disk.create(path);
  await file.write(Buffer.from(text), 0);
  await file.datasync();
  await file.close();
  await disk.syncDirectory('/etc');
}

async function freshDisk(): Promise<MemoryDisk> {
  const disk = new MemoryDisk({ tracksSync: true });
  await disk.makeDirectories('/etc');
  await put(disk, configFile, initialText);
  return disk;
}

/** What a server would start with, from what the device has. */
function startOn(disk: MemoryDisk): EnsembleConfig {
  const readText = (path: string): string | null =>
    path === '/data/myid' ? '1' : (disk.onDevice(path)?.toString() ?? null);
  const input = { kind: 'file', path: configFile, text: readText(configFile) ?? '' } as const;
  const { ensemble } = parseServerConfig(input, { baseDir: '/', readText });
  if (ensemble === null) throw new Error('this is no ensemble any more');
  return ensemble;
}

const writerOn = (disk: MemoryDisk) => {
  const { files, sid } = startOn(disk);
  if (files === null) throw new Error('it comes from a file');
  return new MembershipWriter({ disk, files, sid });
};

describe('the files of a membership', () => {
  it('are as ZooKeeper has them', async () => {
    const disk = await freshDisk();
    const writer = writerOn(disk);
    await writer.begin();
    expect(disk.onDevice(`${configFile}.bak`)?.toString()).toBe(initialText);
    await writer.proposed(first);
    expect(disk.onDevice(`${configFile}.dynamic.next`)?.toString()).toBe(first.format());
    await writer.activated(first);
    expect(disk.onDevice(`${configFile}.dynamic.100000000`)?.toString()).toBe(members([1, 2, 3]).join('\n'));
    expect(disk.onDevice(configFile)?.toString()).toBe(
      '# pinfold\ndataDir=/data\ninitLimit=10\nsyncLimit=5\nreconfigEnabled=true\n' +
        'dynamicConfigFile=/etc/zoo.cfg.dynamic.100000000\n',
    );
    expect(disk.namesOnDevice().sort()).toEqual([configFile, `${configFile}.bak`, `${configFile}.dynamic.100000000`]);
  });

  it('forget a proposal that is withdrawn, if there is one', async () => {
    const disk = await freshDisk();
    const writer = writerOn(disk);
    await writer.withdrawn();
    await writer.proposed(second);
    await writer.withdrawn();
    const { membership, lastSeen } = startOn(disk);
    expect([membership.version, lastSeen.version]).toEqual([0, 0]);
    expect(disk.namesOnDevice()).toEqual([configFile]);
  });

  it('are not backed up again once the members are out', async () => {
    const disk = await freshDisk();
    const writer = writerOn(disk);
    await writer.begin();
    await writer.activated(first);
    await writerOn(disk).begin();
    expect(disk.onDevice(`${configFile}.bak`)?.toString()).toBe(initialText);
  });

  it('keep a newer proposal when an older one comes into force', async () => {
    const disk = await freshDisk();
    const writer = writerOn(disk);
    await writer.proposed(second);
    await writer.activated(first);
    const { membership, lastSeen } = startOn(disk);
    expect([membership.version, lastSeen.version]).toEqual([first.version, second.version]);
  });

  it('are from before or after a step, wherever power is lost in it', async () => {
    let crashes = 0;
    for (const keepsNames of [false, true]) {
      for (let at = 1; ; at++) {
        const disk = await freshDisk();
        const done = await stepsUntilCrash(disk, { at, keepsNames });
        const { membership, lastSeen } = startOn(disk);
        const [least, most] = versionsAfter(done);
        expect([least.membership, most.membership]).toContain(membership.version);
        expect([least.lastSeen, most.lastSeen]).toContain(lastSeen.version);
        if (done === steps.length) break;
        crashes++;
        // Whatever was left half done is no obstacle.
        await writerOn(disk).activated(second);
        expect(startOn(disk).membership.version).toBe(second.version);
      }
    }
    expect(crashes).toBeGreaterThan(40);
  });
});

const steps: readonly ((writer: MembershipWriter) => Promise<void>)[] = [
  (writer) => writer.begin(),
  (writer) => writer.proposed(first),
  (writer) => writer.activated(first),
  (writer) => writer.proposed(second),
  (writer) => writer.activated(second),
];

/** Runs the steps, loses power before the operation of that number; how many steps were over. */
async function stepsUntilCrash(disk: MemoryDisk, crash: { at: number; keepsNames: boolean }): Promise<number> {
  const writer = writerOn(disk);
  let operations = 0;
  disk.intercept(() => {
    operations++;
    if (operations >= crash.at) throw new Error('power is lost');
  });
  let done = 0;
  for (const step of steps) {
    try {
      await step(writer);
      done++;
    } catch {
      break;
    }
  }
  disk.intercept(null);
  disk.crash({ nameKept: () => crash.keepsNames });
  return done;
}

/** What must be in force and seen when so many steps are over, and what may be when the next was begun. */
function versionsAfter(done: number) {
  const stages = [
    { membership: 0, lastSeen: 0 },
    { membership: 0, lastSeen: 0 },
    { membership: 0, lastSeen: first.version },
    { membership: first.version, lastSeen: first.version },
    { membership: first.version, lastSeen: second.version },
    { membership: second.version, lastSeen: second.version },
  ] as const;
  const stage = stages[done];
  if (stage === undefined) throw new Error(`there are not ${done} steps`);
  return [stage, stages[done + 1] ?? stage] as const;
}

it('passes the permissions of a file with passwords on', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'membership-'));
  try {
    const path = join(directory, 'zoo.cfg');
    await writeFile(path, initialText, { mode: 0o600 });
    const files = { configFile: path, dynamicFile: null };
    const writer = new MembershipWriter({ disk: new NodeDisk(), files, sid: 1 });
    await writer.begin();
    await writer.activated(first);
    for (const name of [path, `${path}.bak`]) expect((await stat(name)).mode & 0o777).toBe(0o600);
  } finally {
    await rm(directory, { recursive: true });
  }
});
