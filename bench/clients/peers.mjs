// Other people's clients: installed for the benchmark alone, each in a folder of its own, pinned.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cacheDir, run } from '../processes.mjs';
import { say } from '../progress.mjs';

/**
 * @typedef {object} Peer
 * @property {string} name of the npm package, and in the table
 * @property {string} version
 */

/** @type {readonly Peer[]} */
export const peers = [
  { name: 'node-zookeeper-client', version: '1.1.3' },
  { name: 'zookeeper', version: '7.3.0' },
];

const INSTALL_TIMEOUT_MS = 300_000;

/** @param {Peer} peer */
export function peerModule({ name, version }) {
  return `${cacheDir}/peers/${name}-${version}/package.json`;
}

/**
 * Sees to it that a peer can be loaded.
 * @param {Peer} peer
 * @returns {Promise<string | null>} why it cannot
 */
export async function installPeer(peer) {
  const { name, version } = peer;
  const manifest = peerModule(peer);
  const folder = manifest.slice(0, manifest.lastIndexOf('/'));
  if (!existsSync(`${folder}/node_modules/${name}/package.json`)) {
    say(`installing ${name} ${version} into ${folder} (the native one compiles for a minute)`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(manifest, JSON.stringify({ private: true, dependencies: { [name]: version } }));
    const options = { cwd: folder, timeout: INSTALL_TIMEOUT_MS };
    const npm = ['install', '--no-audit', '--no-fund', '--no-package-lock'];
    const installed = await run('npm', npm, options).catch((error) => ({ status: 1, stderr: String(error) }));
    if (installed.status !== 0) {
      rmSync(folder, { recursive: true, force: true });
      return lastLine(installed.stderr);
    }
  }
  const installed = JSON.parse(readFileSync(`${folder}/node_modules/${name}/package.json`, 'utf8'));
  if (installed.version !== version) return `${folder} has version ${installed.version} instead of ${version}`;
  const loaded = await run(process.execPath, ['-e', `require(${JSON.stringify(name)})`], { cwd: folder });
  return loaded.status === 0 ? null : lastLine(loaded.stderr);
}

/** @param {string} text */
function lastLine(text) {
  const lines = text.split('\n').filter((line) => /error/i.test(line));
  return lines[0]?.trim() ?? 'it cannot be loaded';
}
