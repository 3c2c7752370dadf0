import { describe, expect, it } from 'vitest';
import { WriterRoom } from '../../../src/protocol/writer-room.js';
import { FlushQueue } from '../../../src/server/net/flush-queue.js';
import { LoneSpeaker } from '../../../src/server/net/lone-speaker.js';

describe('LoneSpeaker', () => {
  it('takes a connection for alone when it has spoken often in a row', () => {
    const speakers = new LoneSpeaker();
    const [one, other] = [{}, {}];
    const row = (who: object): boolean[] => Array.from({ length: 18 }, () => speakers.isAlone(who));
    expect(row(one)).toEqual([...Array<boolean>(17).fill(false), true]);
    expect(speakers.isAlone(other)).toBe(false);
    expect(row(one)).toEqual([...Array<boolean>(17).fill(false), true]);
  });
});

describe('FlushQueue', () => {
  function rig() {
    const turnEnds: (() => void)[] = [];
    const never = (): never => {
      throw new Error('no timer is asked for');
    };
    const queue = new FlushQueue({ after: never, afterUnref: never, atTurnEnd: (fn) => void turnEnds.push(fn) });
    const flushed: string[] = [];
    const item = (name: string) => ({ flush: () => void flushed.push(name) });
    return { queue, turnEnds, flushed, item };
  }

  it('flushes each once, when the turn ends', () => {
    const { queue, turnEnds, flushed, item } = rig();
    queue.add(item('a'));
    queue.add(item('b'));
    expect([turnEnds.length, flushed]).toEqual([1, []]);
    turnEnds.pop()?.();
    expect(flushed).toEqual(['a', 'b']);
    queue.add(item('c'));
    expect(turnEnds).toHaveLength(1);
  });

  it('while held arranges nothing, and then flushes at once or at the end of the turn', () => {
    const { queue, turnEnds, flushed, item } = rig();
    queue.hold();
    queue.add(item('a'));
    queue.release(true);
    expect([turnEnds.length, flushed]).toEqual([0, ['a']]);
    queue.hold();
    queue.add(item('b'));
    queue.release(false);
    expect([turnEnds.length, flushed]).toEqual([1, ['a']]);
    turnEnds.pop()?.();
    expect(flushed).toEqual(['a', 'b']);
    queue.hold();
    queue.release(true);
    expect(turnEnds).toHaveLength(0);
  });

  it('lends a room again, unless it has grown very large', () => {
    const { queue } = rig();
    const room = new WriterRoom(128 * 1024);
    queue.giveRoom(room);
    expect(queue.takeRoom()).toBe(room);
    const large = new WriterRoom(2 * 1024 * 1024);
    queue.giveRoom(large);
    expect(queue.takeRoom()).not.toBe(large);
  });

  it('keeps four mebibytes of rooms at most', () => {
    const { queue } = rig();
    const rooms = Array.from({ length: 5 }, () => new WriterRoom(1024 * 1024));
    for (const round of [1, 2]) {
      for (const room of rooms) queue.giveRoom(room);
      const kept = rooms.map(() => queue.takeRoom()).filter((room) => rooms.includes(room));
      expect([round, kept.length]).toEqual([round, 4]);
    }
  });
});
