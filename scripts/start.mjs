// `npm start`: builds when the sources are newer than dist, then hands over to the tour.
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { isDistStale, projectRoot } from './dist-state.mjs';

if (isDistStale()) {
  console.error('Building pinfold from source (about 15 seconds, only when something changed) ...');
  const built = spawnSync(process.execPath, [`${projectRoot}/scripts/build.mjs`], { stdio: 'inherit' });
  if (built.status !== 0) {
    console.error('The build failed: nothing was started.');
    process.exit(built.status ?? 1);
  }
}

const tour = spawn(process.execPath, [`${projectRoot}/dist/cli/main.js`, 'tour', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// A terminal sends Ctrl-C to the tour as well; it decides when to end, and this process ends with it.
process.on('SIGINT', () => {});
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => tour.kill(signal));
tour.on('exit', (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
});
