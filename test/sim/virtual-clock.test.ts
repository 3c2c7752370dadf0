import { describe, expect, it } from 'vitest';
import { SimProcess } from '../../src/testing/sim/sim-process.js';
import { VirtualClock } from '../../src/testing/sim/virtual-clock.js';

function world() {
  const clock = new VirtualClock();
  const log: string[] = [];
  const process = (name: string, turnMs = 1): SimProcess => new SimProcess({ clock, name, turnMs });
  const note = (text: string) => (): void => void log.push(`${clock.nowMs} ${text}`);
  return { clock, log, process, note };
}

describe('virtual time', () => {
  it('passes from event to event, in order', async () => {
    const { clock, log, process, note } = world();
    const one = process('one');
    one.after(20, note('later'));
    one.after(5, note('soon'));
    one.after(5, note('soon too'));
    const cancelled = one.after(7, note('never'));
    cancelled.cancel();
    expect(await clock.run(() => log.length === 3)).toBe(true);
    expect(log).toEqual(['5 soon', '5 soon too', '20 later']);
  });

  it('stops at the moment it is told to', async () => {
    const { clock, log, process, note } = world();
    process('one').after(20, note('later'));
    expect(await clock.run(() => false, 10)).toBe(false);
    expect(clock.nowMs).toBe(10);
    await clock.run(() => false, 30);
    expect(log).toEqual(['20 later']);
  });

  it('settles every promise before the next event, however long the chain', async () => {
    const { clock, log, process, note } = world();
    const one = process('one');
    const chain = async (): Promise<void> => {
      for (let left = 1000; left > 0; left--) await Promise.resolve();
      note('chain')();
    };
    one.after(1, () => void chain());
    one.after(1, note('timer'));
    await clock.run(() => log.length === 2);
    expect(log).toEqual(['1 chain', '1 timer']);
  });

  it('gives a process timers first, then input, then the end of the turn', async () => {
    const { clock, log, process, note } = world();
    const one = process('one', 10);
    one.input(3, () => {
      note('input')();
      one.atTurnEnd(note('end of turn'));
    });
    one.input(8, note('more input'));
    one.after(10, note('timer'));
    await clock.run(() => log.length === 4);
    expect(log).toEqual(['10 timer', '10 input', '10 more input', '10 end of turn']);
  });

  it('makes a stalled process late for everything, and nobody else', async () => {
    const { clock, log, process, note } = world();
    const [stalled, other] = [process('stalled'), process('other')];
    stalled.stall(100);
    stalled.input(5, note('input'));
    stalled.after(50, note('timer'));
    other.after(50, note('other'));
    await clock.run(() => log.length === 3);
    expect(log).toEqual(['50 other', '100 timer', '100 input']);
  });

  it('has nothing more happen in a dead process', async () => {
    const { clock, log, process, note } = world();
    const [dead, other] = [process('dead'), process('other')];
    void dead.wait(5).then(note('promise'));
    dead.after(5, note('timer'));
    other.after(10, note('other'));
    dead.die();
    await clock.run(() => false, 20);
    expect(log).toEqual(['10 other']);
  });
});
