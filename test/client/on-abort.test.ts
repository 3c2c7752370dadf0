import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { onAbort } from '../../src/client/on-abort.js';

describe('onAbort', () => {
  it('calls each callback once, and puts one listener on the signal', () => {
    const controller = new AbortController();
    const calls: number[] = [];
    for (let i = 0; i < 50; i += 1) onAbort(controller.signal, () => calls.push(i));
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    controller.abort();
    controller.abort();
    expect(calls).toEqual([...Array(50).keys()]);
  });

  it('takes callbacks back, and its listener with the last of them', () => {
    const controller = new AbortController();
    const calls: string[] = [];
    const leaveOne = onAbort(controller.signal, () => calls.push('one'));
    const leaveOther = onAbort(controller.signal, () => calls.push('other'));
    leaveOne();
    leaveOne();
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    leaveOther();
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    onAbort(controller.signal, () => calls.push('later'));
    controller.abort();
    expect(calls).toEqual(['later']);
  });

  it('calls at once when the signal has aborted before', () => {
    const calls: string[] = [];
    onAbort(AbortSignal.abort(), () => calls.push('now'))();
    expect(calls).toEqual(['now']);
  });
});
