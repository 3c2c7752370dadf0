import { aborted } from './aborted.js';
import { ConfigError } from '../server/config/config-error.js';
import { ExitStatus } from './exit-status.js';
import { endingText, EnsembleProblem, LocalEnsemble } from './local-ensemble.js';
import type { LocalEnsembleOptions } from './local-ensemble.js';
import type { ServerProcess } from './server-process.js';

export type EnsembleCommandOptions = Omit<LocalEnsembleOptions, 'changed'>;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `pinfold ensemble`: an ensemble of processes on this machine, until a signal stops it; a second one ends it at once. */
export async function runEnsemble(options: EnsembleCommandOptions): Promise<ExitStatus> {
  const stop = new AbortController();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      // Something hangs, such as a directory that can neither be made nor refused.
      if (stop.signal.aborted) process.exit(ExitStatus.failed);
      stop.abort(new Error(`stopped by ${signal}`));
    });
  }
  const news = new News();
  let ensemble: LocalEnsemble;
  try {
    ensemble = await LocalEnsemble.start({ ...options, changed: (server) => news.tell(server) });
  } catch (error) {
    return explained(error);
  }
  try {
    await ensemble.serving(stop.signal);
    introduce(ensemble, options);
    news.begin();
    const over = new AbortController();
    const allEnded = ensemble.until(() => ensemble.servers.every(({ isRunning }) => !isRunning), over.signal);
    await Promise.race([aborted(stop.signal), allEnded]);
    news.end();
    if (!stop.signal.aborted) {
      console.error('No server is left.');
      return ExitStatus.failed;
    }
    over.abort();
    await allEnded.catch(() => undefined);
    console.log('Stopping.');
    return ExitStatus.ok;
  } catch (error) {
    if (stop.signal.aborted) return ExitStatus.ok;
    return explained(error);
  } finally {
    news.end();
    await ensemble.stop();
  }
}

function explained(error: unknown): ExitStatus {
  if (error instanceof EnsembleProblem || error instanceof ConfigError) {
    console.error(`pinfold: ${error.message}`);
    return error instanceof ConfigError ? ExitStatus.usage : ExitStatus.failed;
  }
  throw error;
}

function introduce({ servers, connectString, directory }: LocalEnsemble, options: EnsembleCommandOptions): void {
  const width = Math.max(...servers.map(({ address }) => address.length));
  const lines = servers.map(
    ({ name, address, pid, mode }) => `  ${name}  ${address.padEnd(width)}  process ${pid}  ${mode ?? 'not serving'}`,
  );
  const kept = options.directory === null ? 'removed at the end' : 'kept, for the next time';
  console.log(`${lines.join('\n')}

Connect to ${connectString}
Data and logs are in ${directory}, ${kept}. Ctrl-C stops all servers; kill -9 one of them and see what happens.
`);
}

/** Tells what becomes of servers, while that is news. */
class News {
  #isOn = false;

  begin(): void {
    this.#isOn = true;
  }

  end(): void {
    this.#isOn = false;
  }

  tell(server: ServerProcess): void {
    if (!this.#isOn) return;
    if (server.isRunning)
      console.log(`${server.name} ${server.mode === null ? 'does not serve' : `is ${server.mode}`}`);
    else console.log(`${endingText(server)}; it is not started again`);
  }
}
