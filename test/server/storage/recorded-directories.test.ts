import { afterAll, describe, expect, it } from 'vitest';
import { formatZxid } from '../../../src/protocol/zxid.js';
import { ServerStorage } from '../../../src/server/storage/server-storage.js';
import { StorageError } from '../../../src/server/storage/storage-error.js';
import type { StorageSettings } from '../../../src/server/storage/storage-options.js';
import { readDirectory } from './support/disk-files.js';
import { EventLog, ManualClock, constantRandom } from './support/storage-rig.js';
import { expectationOf, layOut, recordedDirectories, type LoadedExpectation } from './support/recorded-directory.js';
import { treeText } from './support/tree-text.js';

/** Apache ZooKeeper refuses even the newest releases' cure here; the specification asks for that cure (2.5). */
const LOADS_AS: Readonly<Record<string, string>> = { 'short-header-last-log': 'all-txn-types' };

type Place = Awaited<ReturnType<typeof layOut>>;

const checked = new Map<string, string>();

function open(place: Place, settings: Partial<StorageSettings> = {}): Promise<ServerStorage> {
  const rig = { clock: new ManualClock(), random: constantRandom(0), events: new EventLog() };
  return ServerStorage.open({ ...place, ...rig, extendedTypesEnabled: true, settings });
}

async function expectLoads(
  place: Place,
  expected: LoadedExpectation,
  settings?: Partial<StorageSettings>,
): Promise<void> {
  const storage = await open(place, settings);
  const { recovered } = storage;
  const { treeDigest, ...found } = treeText(recovered);
  expect(`0x${formatZxid(recovered.lastZxid)}`).toBe(expected.lastProcessedZxid);
  expect(recovered.digestMismatches > 0).toBe(expected.digestMismatches > 0);
  expect(found).toEqual({
    nodeCount: expected.nodeCount,
    sessions: [...expected.sessions].sort(),
    ephemerals: withoutEmpty(expected.ephemerals),
    tree: [...expected.tree].sort(byWalk),
  });
  if (expected.treeDigest !== null) expect(treeDigest).toBe(expected.treeDigest);
  await storage.close();
  const again = await open(place);
  expect(treeText(again.recovered), 'what was written on the way loads the same').toEqual({ treeDigest, ...found });
  await again.close();
}

async function expectRefused(place: Place): Promise<void> {
  const directories = new Set([`${place.dataDir}/version-2`, `${place.dataLogDir ?? place.dataDir}/version-2`]);
  const contents = async (): Promise<unknown> => {
    const found = [];
    for (const directory of directories) found.push(await readDirectory(place.disk, directory.replace('//', '/')));
    return found;
  };
  const before = await contents();
  const error: unknown = await open(place).catch((refusal: unknown) => refusal);
  expect(error).toBeInstanceOf(StorageError);
  if (!(error instanceof StorageError)) return;
  expect(error.file).not.toBeNull();
  expect(error.advice).not.toBeNull();
  expect(await contents(), 'what is refused stays as it was').toEqual(before);
}

/** A server lists sessions that own nothing here and there; what they own is what counts. */
function withoutEmpty(ephemerals: LoadedExpectation['ephemerals']): LoadedExpectation['ephemerals'] {
  const owning = Object.entries(ephemerals).filter(([, paths]) => paths.length > 0);
  return Object.fromEntries(owning.map(([session, paths]) => [session, [...paths].sort()]));
}

/** Parents first, children sorted by name: compare paths component by component. */
function byWalk(a: { readonly path: string }, b: { readonly path: string }): number {
  const key = (path: string): string => path.split('/').join('\u0000');
  return key(a.path) < key(b.path) ? -1 : 1;
}

describe('recorded directories', () => {
  it.each(recordedDirectories())('%s', async (name) => {
    const expected = expectationOf(name);
    const trusted = expected.withSnapshotTrustEmpty;
    const sameAs = LOADS_AS[name] ?? expected.master?.sameAs;
    if (expected.correct?.startsWith('refuse') === true) {
      await expectRefused(await layOut(name));
      checked.set(name, 'refused, where Apache ZooKeeper 3.8.0 loads what is not all there');
    } else if (expected.loads) {
      await expectLoads(await layOut(name), expected);
      checked.set(name, 'loaded');
    } else if (sameAs !== undefined) {
      const other = expectationOf(sameAs);
      if (!other.loads) throw new Error(`${sameAs} does not load`);
      await expectLoads(await layOut(name), other);
      checked.set(name, `loaded as ${sameAs}, where Apache ZooKeeper 3.8.0 refuses`);
    } else {
      await expectRefused(await layOut(name));
      checked.set(name, 'refused');
    }
    if (trusted !== undefined) {
      await expectLoads(await layOut(name), trusted, { snapshotTrustEmpty: true });
      checked.set(name, `${checked.get(name)}; loaded with snapshot.trust.empty`);
    }
  });
});

afterAll(() => {
  const all = recordedDirectories();
  const counts = new Map<string, number>();
  for (const outcome of checked.values()) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const left = all.filter((name) => !checked.has(name));
  const lines = [
    `recorded storage directories: ${all.length}, as expected: ${checked.size}`,
    ...[...counts].map(([outcome, count]) => `  ${count} ${outcome}`),
    ...left.map((name) => `  NOT as expected: ${name}`),
  ];
  console.log(lines.join('\n'));
});
