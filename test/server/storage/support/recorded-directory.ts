import { readFileSync, readdirSync } from 'node:fs';
import { projectRoot } from '../../../support/built.js';
import { MemoryDisk } from '../../../../src/server/storage/memory-disk.js';
import { putFile } from './disk-files.js';
import type { TreeText } from './tree-text.js';
import { readTarGz } from './tar-gz.js';

const FOLDER = `${projectRoot}test/vectors/storage`;

/** What an Apache server read from a directory; see the README beside the recordings. */
export interface LoadedExpectation extends TreeText {
  readonly loads: true;
  readonly lastProcessedZxid: string;
  readonly digestMismatches: number;
}

export type Expectation = (LoadedExpectation | { readonly loads: false }) & {
  readonly loadedBy: string;
  readonly withSnapshotTrustEmpty?: LoadedExpectation;
  /** Where newer releases do better. */
  readonly master?: { readonly loads: boolean; readonly sameAs?: string };
  /** What must be done where every release is wrong. */
  readonly correct?: string;
};

export function recordedDirectories(): string[] {
  const entries = readdirSync(FOLDER, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

export function expectationOf(name: string): Expectation {
  return JSON.parse(readFileSync(`${FOLDER}/${name}/expected.json`, 'utf8')) as Expectation;
}

/** A copy of the directory on a disk in memory, and where its parts lie. */
export async function layOut(name: string): Promise<{ disk: MemoryDisk; dataDir: string; dataLogDir?: string }> {
  const disk = new MemoryDisk();
  const entries = readTarGz(`${FOLDER}/${name}/data.tar.gz`);
  for (const { name: path, isDirectory, content } of entries) {
    if (isDirectory) await disk.makeDirectories(`/${path}`);
    else await putFile(disk, `/${path}`, content);
  }
  const top = new Set(entries.map(({ name: path }) => path.split('/')[0]));
  if (!top.has('data')) return { disk, dataDir: '/' };
  return top.has('datalog') ? { disk, dataDir: '/data', dataLogDir: '/datalog' } : { disk, dataDir: '/data' };
}
