import { readFileSync, readdirSync } from 'node:fs';
import { arch, homedir, hostname, release, tmpdir, type as osName, userInfo } from 'node:os';
import { dirname } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import type { DescriptorCounts } from './server-info.js';
import { SERVER_VERSION } from './version.js';

const UNKNOWN = -1;
const MEGABYTE = 1024 * 1024;
/** What Java calls the processors that Node names otherwise. */
const JAVA_ARCH: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'aarch64', ia32: 'x86' };

/** The environment under the keys that clients and scripts look for; the `java.*` ones tell about Node.js. */
export function processEnvironment(): readonly (readonly [string, string])[] {
  const heap = getHeapStatistics();
  return [
    ['zookeeper.version', SERVER_VERSION],
    ['host.name', hostname()],
    ['java.version', process.versions.node],
    ['java.vendor', 'Node.js'],
    ['java.home', dirname(process.execPath)],
    ['java.class.path', process.argv[1] ?? '<NA>'],
    ['java.library.path', '<NA>'],
    ['java.io.tmpdir', tmpdir()],
    ['java.compiler', '<NA>'],
    ['os.name', osName()],
    ['os.arch', JAVA_ARCH[arch()] ?? arch()],
    ['os.version', release()],
    ['user.name', userName()],
    ['user.home', homedir()],
    ['user.dir', process.cwd()],
    ['os.memory.free', megabytes(heap.heap_size_limit - heap.used_heap_size)],
    ['os.memory.max', megabytes(heap.heap_size_limit)],
    ['os.memory.total', megabytes(heap.total_heap_size)],
  ];
}

/** Counted by Linux's /proc; unknown elsewhere. */
export function processDescriptors(): DescriptorCounts {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1');
    const max = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return { open: readdirSync('/proc/self/fd').length, max: max === undefined ? UNKNOWN : Number(max) };
  } catch {
    return { open: UNKNOWN, max: UNKNOWN };
  }
}

/** A user id without an entry in the system's user list is common in containers. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '<NA>');
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / MEGABYTE)}MB`;
}
