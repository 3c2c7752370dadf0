import { describe, expect, it } from 'vitest';
import { CommittedLog } from '../../../src/server/zab/committed-log.js';
import { entries, entry, zxid, zxidText } from './support/packets.js';

function holding(log: CommittedLog): string[] {
  return [...log].map((each) => zxidText(each.zxid));
}

describe('the committed log', () => {
  it('is empty at first', () => {
    const log = new CommittedLog({ entriesMax: 3, bytesMax: 100 });
    expect([log.isEmpty, log.min, log.max]).toEqual([true, undefined, undefined]);
  });

  it('keeps the last ones', () => {
    const log = new CommittedLog({ entriesMax: 3, bytesMax: 100 });
    for (const each of entries({ 1: 20 })) log.add(each);
    expect(holding(log)).toEqual(['1.18', '1.19', '1.20']);
    expect([log.min, log.max]).toEqual([zxid('1.18'), zxid('1.20')]);
  });

  it('keeps no more bytes than it may', () => {
    const log = new CommittedLog({ entriesMax: 30, bytesMax: 7 });
    for (const each of entries({ 1: 5 })) log.add(each);
    expect(holding(log)).toEqual(['1.4', '1.5']);
  });

  it('has no room for one that is too large by itself', () => {
    const log = new CommittedLog({ entriesMax: 30, bytesMax: 2 });
    log.add(entry('1.1'));
    expect(log.isEmpty).toBe(true);
  });

  it('begins anew behind a gap: nobody is brought up to date across one (ZOOKEEPER-4925)', () => {
    const log = new CommittedLog({ entriesMax: 30, bytesMax: 100 });
    for (const text of ['1.1', '1.2', '1.4', '1.5', '2.1', '2.2']) log.add(entry(text));
    expect(holding(log)).toEqual(['1.4', '1.5', '2.1', '2.2']);
    log.add(entry('3.2'));
    expect(holding(log)).toEqual(['3.2']);
  });

  it('does not go back', () => {
    const log = new CommittedLog({ entriesMax: 30, bytesMax: 100 });
    log.reset(entries({ 1: 3 }));
    expect(() => log.add(entry('1.3'))).toThrow('0x100000003 was committed behind 0x100000003');
  });

  it('is reset when the history becomes another one', () => {
    const log = new CommittedLog({ entriesMax: 30, bytesMax: 100 });
    log.reset(entries({ 1: 3 }));
    log.reset(entries({ 1: 1, 2: 1 }));
    expect(holding(log)).toEqual(['1.1', '2.1']);
    log.reset();
    expect(log.isEmpty).toBe(true);
  });
});
