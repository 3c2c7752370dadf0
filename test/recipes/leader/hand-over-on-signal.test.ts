import { describe, expect, it } from 'vitest';
import { handOverOnSignal } from '../../../src/recipes/index.js';

const SIGNAL = 'SIGUSR2';

/** Somebody who listens too keeps the process alive; resolves when told. */
function listening(): Promise<void> {
  return new Promise((resolve) => process.once(SIGNAL, () => resolve()));
}

describe('handOverOnSignal', () => {
  it('closes one after the other when the signal comes, each in its time, whatever goes wrong', async () => {
    const log: unknown[] = [];
    const closable = (name: string, failure?: Error) => ({
      close: async ({ timeoutMs }: { timeoutMs?: number } = {}) => {
        log.push(`${name} in ${timeoutMs} ms`);
        await Promise.resolve();
        if (failure !== undefined) throw failure;
        log.push(`${name} is closed`);
      },
    });
    const last = new Promise<void>((resolve) => {
      const all = [closable('latch', new Error('stuck')), closable('client'), { close: async () => resolve() }];
      handOverOnSignal(all, { signals: [SIGNAL], timeoutMs: 700, onError: (error) => log.push(String(error)) });
    });
    const heard = listening();
    process.kill(process.pid, SIGNAL);
    await Promise.all([heard, last]);
    expect(log).toEqual(['latch in 700 ms', 'Error: stuck', 'client in 700 ms', 'client is closed']);
    expect(process.listenerCount(SIGNAL)).toBe(0);
  });

  it('listens for nothing before it is called, nor after it was taken back', () => {
    expect(process.listenerCount(SIGNAL)).toBe(0);
    const takeBack = handOverOnSignal([], { signals: [SIGNAL] });
    expect(process.listenerCount(SIGNAL)).toBe(1);
    takeBack();
    expect(process.listenerCount(SIGNAL)).toBe(0);
  });
});
