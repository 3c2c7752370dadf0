// Every process and folder of a run, so that none is left however the run ends.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { projectRoot } from '../scripts/dist-state.mjs';

/** @import { ChildProcess, SpawnOptions } from 'node:child_process' */

/** What the benchmark keeps between runs (a compiled generator, other clients) and its data while it runs. */
export const cacheDir = `${projectRoot}/.bench`;

/** This run's own folder, on the disk that is measured. */
export const runDir = `${cacheDir}/run-${process.pid}`;

/** @type {Set<ChildProcess>} */
const children = new Set();

export function openRunDir() {
  mkdirSync(runDir, { recursive: true });
  removeLeftovers();
  process.once('exit', cleanUp);
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
}

/** What runs left that were killed with SIGKILL. */
function removeLeftovers() {
  for (const name of readdirSync(cacheDir)) {
    const pid = Number(/^run-(\d+)$/.exec(name)?.[1] ?? process.pid);
    if (!isAlive(pid)) rmSync(`${cacheDir}/${name}`, { recursive: true, force: true });
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function cleanUp() {
  for (const child of children) child.kill('SIGKILL');
  rmSync(runDir, { recursive: true, force: true });
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {SpawnOptions} options
 */
export function start(command, args, options) {
  const child = spawn(command, [...args], options);
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/**
 * Runs a command to its end and hands over what it said.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {SpawnOptions} [options]
 * @returns {Promise<{ status: number | null, stdout: string, stderr: string }>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = start(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    child.stdout?.on('data', (chunk) => (said.stdout += chunk));
    child.stderr?.on('data', (chunk) => (said.stderr += chunk));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...said }));
  });
}
