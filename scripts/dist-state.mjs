import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json, without a slash at the end. */
export const projectRoot = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

/** Whether `dist` is missing or older than anything it is made from. */
export function isDistStale() {
  const binary = `${projectRoot}/dist/cli/main.js`;
  if (!existsSync(binary)) return true;
  const inputs = ['src', 'package.json', 'tsconfig.json', 'tsconfig.build.json'].map(
    (name) => `${projectRoot}/${name}`,
  );
  return newestMs(inputs) > statSync(binary).mtimeMs;
}

/**
 * Folders count too: deleting or renaming a file changes only its folder's time.
 * @param {string[]} paths
 * @returns {number} the latest modification time, in ms since 1970
 */
function newestMs(paths) {
  return Math.max(
    ...paths.map((path) => {
      const stat = statSync(path);
      const inside = stat.isDirectory() ? readdirSync(path).map((name) => `${path}/${name}`) : [];
      return Math.max(stat.mtimeMs, newestMs(inside));
    }),
  );
}

/** Ends this process when the build fails. */
export function buildIfStale() {
  if (!isDistStale()) return;
  console.error('Building pinfold from source (about 15 seconds, only when something changed) ...');
  const { status } = spawnSync(process.execPath, [`${projectRoot}/scripts/build.mjs`], { stdio: 'inherit' });
  if (status === 0) return;
  console.error('The build failed: nothing was started.');
  process.exit(status ?? 1);
}
