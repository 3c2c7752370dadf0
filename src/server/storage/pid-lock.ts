import type { BigIntStats } from 'node:fs';
import { link, open, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { threadId } from 'node:worker_threads';
import type { DiskLock } from './disk.js';

/** What the lock file says about its holder. */
interface Holder {
  readonly pid: number;
  /** When that process started, in the kernel's own unit; null where the system does not tell. */
  readonly started: string | null;
  /** The lock file's inode: the copy of a directory carries the text along, but not this. */
  readonly inode: string;
}

/** A lock may change hands while it is looked at: look again, but not for ever. */
const ATTEMPTS_MAX = 5;

/** For systems that do not tell when a process started: which locks this process holds. */
const heldHere = new Set<string>();
let attempts = 0;

/**
 * Takes a lock file that names its holder. Node has no lock that the system would drop with the process, so a file
 * left by a crash is recognised instead: its process is gone, or its number now belongs to a process that started at
 * another time (as in containers, where every server is process 1), or the file is a copy. Two containers that share
 * a volume but not their process numbers are beyond what this can see.
 */
export async function takePidLock(path: string): Promise<DiskLock | null> {
  const draft = `${path}.${process.pid}.${threadId}.${(attempts += 1)}`;
  await writeFile(draft, '', { flag: 'wx' });
  try {
    const inode = await inodeOf(draft);
    const holder: Holder = { pid: process.pid, started: await startOf(process.pid), inode };
    await writeFile(draft, `${JSON.stringify(holder)}\n`);
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      if ((await tryLink(draft, path)) || (await takeOver(path, draft))) {
        heldHere.add(path);
        return { release: () => release(path, inode) };
      }
      if ((await isHeld(path)) || (await isHeld(takeoverOf(path)))) return null;
    }
    return null;
  } finally {
    await unlink(draft);
  }
}

async function release(path: string, inode: string): Promise<void> {
  heldHere.delete(path);
  if ((await inodeOf(path)) === inode) await unlink(path);
}

/** The lock file appears with its whole text or not at all. */
async function tryLink(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Replaces a lock that a crash left. Only one at a time may: otherwise a starter that has just found the lock stale
 * would remove the one that a quicker starter has put in its place.
 */
async function takeOver(path: string, draft: string): Promise<boolean> {
  if (await isHeld(path)) return false;
  const takeover = takeoverOf(path);
  if (!(await tryLink(draft, takeover))) {
    if (!(await isHeld(takeover))) await unlinkIfThere(takeover);
    return false;
  }
  try {
    const state = await stateOf(path);
    if (state === 'held') return false;
    if (state === 'stale') await unlinkIfThere(path);
    return await tryLink(draft, path);
  } finally {
    await unlinkIfThere(takeover);
  }
}

function takeoverOf(path: string): string {
  return `${path}.takeover`;
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

async function isHeld(path: string): Promise<boolean> {
  return (await stateOf(path)) === 'held';
}

/** Looks at one and the same file, even while the name changes hands. */
async function stateOf(path: string): Promise<'absent' | 'stale' | 'held'> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'absent';
    throw error;
  }
  try {
    const found = await file.stat({ bigint: true });
    const holder = parseHolder(await file.readFile('utf8'));
    if (holder === null || holder.inode !== inodeText(found)) return 'stale';
    return (await isRunning(holder, path)) ? 'held' : 'stale';
  } finally {
    await file.close();
  }
}

async function isRunning(holder: Holder, path: string): Promise<boolean> {
  if (holder.started !== null) return (await startOf(holder.pid)) === holder.started;
  return holder.pid === process.pid ? heldHere.has(path) : isAlive(holder.pid);
}

function parseHolder(text: string): Holder | null {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found !== 'object' || found === null) return null;
    if (!('pid' in found) || !('started' in found) || !('inode' in found)) return null;
    const { pid, started, inode } = found;
    if (typeof pid !== 'number' || typeof inode !== 'string') return null;
    return typeof started === 'string' || started === null ? { pid, started, inode } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Empty when there is no such file. */
async function inodeOf(path: string): Promise<string> {
  try {
    return inodeText(await stat(path, { bigint: true }));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}

function inodeText(found: BigIntStats): string {
  return `${found.dev}:${found.ino}`;
}

/** Linux tells when a process started (clock ticks since boot); null for a process that is gone, and elsewhere. */
async function startOf(pid: number): Promise<string | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The command name may hold blanks and brackets; the fields after it are counted from its closing one.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
