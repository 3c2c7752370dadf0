// The machine, so that a reader knows what the figures are figures of.
import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/**
 * @typedef {object} Machine
 * @property {string} cpu
 * @property {number} cores
 * @property {string} kernel
 * @property {number} memoryGib
 * @property {string} disk
 * @property {boolean} inMemory whether the data does not lie on a disk at all
 * @property {readonly number[]} load 1, 5 and 15 minutes, before anything was started
 */

/**
 * @param {string} dataDir
 * @returns {Machine}
 */
export function describeMachine(dataDir) {
  const { device, kind } = fileSystemOf(dataDir);
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    kernel: `${type()} ${release()}`,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    disk: `${kind} on ${device}`,
    inMemory: kind === 'tmpfs' || kind === 'ramfs',
    load: loadavg().map((load) => Math.round(load * 100) / 100),
  };
}

/** @param {Machine} machine */
export function isBusy(machine) {
  return (machine.load[0] ?? 0) > machine.cores / 4;
}

/** @param {string} folder */
function fileSystemOf(folder) {
  const path = realpathSync(folder);
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, place = '']) => place === '/' || path === place || path.startsWith(`${place}/`));
  const [device = 'unknown', , kind = 'unknown'] =
    mounts.sort(([, a = ''], [, b = '']) => b.length - a.length)[0] ?? [];
  return { device, kind };
}

/** The commit that is measured, with a mark when files differ from it; null outside a checkout. */
export function revision() {
  try {
    const git = (/** @type {string[]} */ ...args) =>
      execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const changed = git('status', '--porcelain', '--', '../src').trim() !== '';
    return `${git('rev-parse', '--short=10', 'HEAD').trim()}${changed ? ' with changes' : ''}`;
  } catch {
    return null;
  }
}
