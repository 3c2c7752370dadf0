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

  it('waits no longer than that for one that takes its time', async () => {
    const stuck = { close: () => new Promise<void>(() => undefined) };
    const errors: unknown[] = [];
    const last = new Promise<void>((resolve) => {
      const onError = (error: unknown): void => void errors.push(error);
      handOverOnSignal([stuck, { close: async () => resolve() }], { signals: [SIGNAL], timeoutMs: 20, onError });
    });
    const heard = listening();
    process.kill(process.pid, SIGNAL);
    await Promise.all([heard, last]);
    expect(errors).toEqual([expect.objectContaining({ code: 'TIMEOUT' })]);
  });

  it('refuses what it could not close, and no time, before anything has to be', () => {
    for (const closables of [undefined, {}, [null], [{}]] as never[]) {
      expect(() => handOverOnSignal(closables)).toThrow('must be a list of what has a close()');
    }
    expect(() => handOverOnSignal([], { timeoutMs: NaN })).toThrow('timeoutMs is NaN');
    expect(process.listenerCount('SIGTERM')).toBe(process.listenerCount('SIGINT'));
  });

  it('listens for nothing before it is called, nor after it was taken back', () => {
    expect(process.listenerCount(SIGNAL)).toBe(0);
    const takeBack = handOverOnSignal([], { signals: [SIGNAL] });
    expect(process.listenerCount(SIGNAL)).toBe(1);
    takeBack();
    expect(process.listenerCount(SIGNAL)).toBe(0);
  });
});
