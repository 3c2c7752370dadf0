import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallDeadlines } from '../../src/client/call-deadlines.js';
import { Call } from '../../src/client/call.js';
import { OperationTimeoutError } from '../../src/client/index.js';
import { plainOperation } from '../../src/client/operation.js';
import { OpCode } from '../../src/protocol/op-codes.js';
import { VirtualWorld } from './support/virtual-world.js';

function newCall(): Call {
  return new Call(plainOperation(OpCode.exists), '/a', '');
}

function heapOf(deadlines: CallDeadlines): { length: number } {
  return (deadlines as unknown as { heap: { length: number } }).heap;
}

describe('the deadlines of calls', () => {
  it('end every call that did not settle, in the order of their times, and no other', async () => {
    const made = fc.record({
      timeoutMs: fc.integer({ min: 0, max: 300 }),
      settlesAfterMs: fc.option(fc.integer({ min: 0, max: 300 }), { nil: null }),
      pauseMs: fc.integer({ min: 0, max: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(made, { maxLength: 120 }), async (calls) => {
        const { runtime, time } = new VirtualWorld();
        const ended: { atMs: number; dueMs: number; call: Call }[] = [];
        const dueMs = new Map<Call, number>();
        const deadlines = new CallDeadlines(runtime, (call) => {
          ended.push({ atMs: time.monotonicMs(), dueMs: dueMs.get(call) ?? -1, call });
          call.reject(new Error('too late'));
        });
        for (const { timeoutMs, settlesAfterMs, pauseMs } of calls) {
          const call = newCall();
          dueMs.set(call, time.monotonicMs() + timeoutMs);
          deadlines.add(call, timeoutMs);
          if (settlesAfterMs !== null && settlesAfterMs < timeoutMs) {
            time.after(settlesAfterMs, () => call.resolve(null));
            dueMs.set(call, Infinity);
          }
          await time.pass(pauseMs);
        }
        await time.pass(1000);
        const expected = [...dueMs].filter(([, due]) => due !== Infinity);
        expect(new Set(ended.map(({ call }) => call))).toEqual(new Set(expected.map(([call]) => call)));
        for (const { atMs, dueMs: due } of ended) expect(atMs).toBe(due);
      }),
      { numRuns: 30 },
    );
  });

  it('keep next to nothing of calls that have settled, whatever their deadlines', () => {
    const { runtime } = new VirtualWorld();
    const deadlines = new CallDeadlines(runtime, () => undefined);
    const early = newCall();
    deadlines.add(early, 10);
    for (let i = 0; i < 10_000; i++) {
      const call = newCall();
      deadlines.add(call, i % 2 === 0 ? 60_000 : 5000);
      call.resolve(null);
    }
    expect(heapOf(deadlines).length).toBeLessThan(100);
  });

  it('share one timer, which goes when the client has closed', async () => {
    const world = new VirtualWorld();
    const { client } = await world.pair({ operationTimeoutMs: 1000 });
    const calls = Array.from({ length: 50 }, () => world.failure(client.exists('/a')));
    for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(OperationTimeoutError);
    await world.until(client.close());
    const nowMs = world.runtime.clock.monotonicMs();
    await world.until(Promise.resolve());
    expect(world.runtime.clock.monotonicMs()).toBe(nowMs);
  });
});
