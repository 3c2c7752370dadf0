import { Client } from '../client/index.js';
import { InterProcessMutex } from '../recipes/index.js';
import type { Hold } from '../recipes/index.js';
import { ExitStatus } from './exit-status.js';
import { TOUR_LEDGER, TOUR_LOCK, TOUR_SESSION_MS, TOUR_STOP_SIGNALS } from './tour-messages.js';
import type { TourOrder, TourReport } from './tour-messages.js';

/**
 * One of the processes that the tour starts: asks for the lock, writes and gives the lock back when it is told to. It
 * ends with the tour, whatever way the tour ends.
 */
export async function runTourWorker(name: string, connectString: string): Promise<ExitStatus> {
  // A signal may reach the whole group, as Ctrl-C does. The tour decides; when it is gone, so is the channel to it.
  for (const signal of TOUR_STOP_SIGNALS) process.on(signal, () => undefined);
  const client = await Client.connect(connectString, { sessionTimeoutMs: TOUR_SESSION_MS });
  const worker = new TourWorker(name, client);
  try {
    const finished = worker.listen();
    report({ type: 'ready' });
    await finished;
    return ExitStatus.ok;
  } catch (error) {
    report({ type: 'failed', why: String(error) });
    return ExitStatus.failed;
  } finally {
    // A tour that was killed took its server along: no use in waiting for an answer.
    await client.close({ timeoutMs: 500 });
    if (process.connected) process.disconnect();
  }
}

class TourWorker {
  readonly #name: string;
  readonly #client: Client;
  #hold: Hold | null = null;

  constructor(name: string, client: Client) {
    this.#name = name;
    this.#client = client;
  }

  /** Carries orders out until the lock is given back or the tour is gone. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      process.on('disconnect', resolve);
      process.on('message', (order: TourOrder) => {
        this.#obey(order).then((isFinished) => {
          if (isFinished) resolve();
        }, reject);
      });
    });
  }

  async #obey(order: TourOrder): Promise<boolean> {
    if (order === 'ask') {
      this.#hold = await new InterProcessMutex(this.#client, TOUR_LOCK, { data: this.#name }).acquire();
      report({ type: 'holds', token: this.#hold.token, path: this.#hold.path });
    } else if (order === 'write') {
      const text = `${this.#name} was here`;
      await this.#hold?.transaction().setData(TOUR_LEDGER, text).commit();
      report({ type: 'wrote', text });
    } else {
      report({ type: 'releasing' });
      await this.#hold?.release();
      report({ type: 'released' });
      return true;
    }
    return false;
  }
}

function report(message: TourReport): void {
  if (process.connected) process.send?.(message);
}
