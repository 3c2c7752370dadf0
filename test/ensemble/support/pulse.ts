import { Client } from '../../../src/client/client.js';

const WRITERS = 3;
const BETWEEN_MS = 5;
const PATIENCE_MS = 1_000;

/** Writers who do nothing else, outside of the history: they tell when the ensemble took writes, from whomever. */
export class Pulse {
  private readonly acknowledgedMs: number[] = [];
  private readonly nowMs: () => number;
  private readonly clients: readonly Client[];
  private readonly loops: Promise<void>[] = [];
  private isStopped = false;

  constructor(connectString: string, nowMs: () => number) {
    this.nowMs = nowMs;
    const backoff = { baseMs: 5, maxMs: 50 };
    this.clients = Array.from({ length: WRITERS }, () => {
      return new Client(connectString, { backoff, sessionTimeoutMs: 10_000, connectTimeoutMs: PATIENCE_MS });
    });
  }

  start(): void {
    this.loops.push(...this.clients.map((client, index) => this.write(client, `/pulse${index}`)));
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.all(this.loops);
    await Promise.all(this.clients.map((client) => client.close()));
  }

  /** The longest time within these limits in which no write was acknowledged. */
  longestGapMs(fromMs: number, toMs: number): number {
    let [lastMs, longest] = [fromMs, 0];
    for (const atMs of this.acknowledgedMs) {
      if (atMs < fromMs) continue;
      longest = Math.max(longest, Math.min(atMs, toMs) - lastMs);
      if (atMs >= toMs) return longest;
      lastMs = atMs;
    }
    return Math.max(longest, toMs - lastMs);
  }

  private async write(client: Client, path: string): Promise<void> {
    let isMade = false;
    while (!this.isStopped) {
      try {
        if (!isMade) isMade = (await client.exists(path)).stat !== null;
        if (isMade) await client.setData(path, null, { timeoutMs: PATIENCE_MS });
        else await client.create(path, null, { timeoutMs: PATIENCE_MS });
        this.acknowledgedMs.push(this.nowMs());
      } catch {
        // Whatever was lost is what the pulse is there to show.
      }
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    }
  }
}
