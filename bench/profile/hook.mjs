// Loaded into a server before its own code: SIGUSR2 begins a CPU profile, the next one writes it to a file.
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

const file = process.env['PINFOLD_BENCH_PROFILE'] ?? '';
const session = new Session();
session.connect();
session.post('Profiler.enable');
let isRunning = false;

process.on('SIGUSR2', () => {
  isRunning = !isRunning;
  if (isRunning) {
    session.post('Profiler.start');
    return;
  }
  session.post('Profiler.stop', (error, result) => {
    if (error) throw error;
    // Whoever waits for the file must not see half of it.
    writeFileSync(`${file}.part`, JSON.stringify(result.profile));
    renameSync(`${file}.part`, file);
  });
});
