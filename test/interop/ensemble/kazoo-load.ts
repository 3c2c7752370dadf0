import { TrackedProcess } from '../../support/tracked-process.js';
import { PYTHON } from '../support/kazoo.js';
import { sessionFile } from '../support/sessions.js';

const START_TIMEOUT_MS = 30_000;
const FINISH_TIMEOUT_MS = 60_000;

interface Finish {
  readonly finished: true;
  readonly faults: readonly string[];
  readonly writes: number;
  readonly locks: number;
  readonly events: number;
  readonly reconnects: number;
}

/** Clients of kazoo in a process of their own, who write, watch and take locks until they are told to stop. */
export class KazooLoad {
  private readonly process: TrackedProcess;

  private constructor(process: TrackedProcess) {
    this.process = process;
  }

  static async start(connectString: string): Promise<KazooLoad> {
    const process = new TrackedProcess({
      command: PYTHON,
      args: [sessionFile('kazoo_load.py'), connectString],
      env: { PYTHONDONTWRITEBYTECODE: '1' },
    });
    await process.line((line) => line === '{"ready": true}', { timeoutMs: START_TIMEOUT_MS });
    return new KazooLoad(process);
  }

  async finish(): Promise<{ faults: readonly string[]; summary: string }> {
    this.process.write('stop\n');
    const last = await this.process.line((line) => line.includes('"finished"'), { timeoutMs: FINISH_TIMEOUT_MS });
    const { faults, writes, locks, events, reconnects } = JSON.parse(last) as Finish;
    return { faults, summary: `${writes} writes, ${locks} locks, ${events} watch events, ${reconnects} reconnects` };
  }

  async kill(): Promise<void> {
    await this.process.stop('SIGKILL', 0);
  }
}
