// `npm start`: builds when the sources are newer than dist, then hands over to the tour.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { buildIfStale, projectRoot } from './dist-state.mjs';

buildIfStale();

const tour = spawn(process.execPath, [`${projectRoot}/dist/cli/main.js`, 'tour', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// A terminal sends Ctrl-C to the tour as well; it decides when to end, and this process ends with it.
process.on('SIGINT', () => {});
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => tour.kill(signal));
tour.on('exit', (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
});
