import { describe, expect, it } from 'vitest';
import { decodeItems, encodeItems } from '../../../src/recipes/queues/item-format.js';
import {
  compareItems,
  DELAY_NAMES,
  delayPrefix,
  ID_NAMES,
  idOf,
  idPrefix,
  PLAIN_NAMES,
  PRIORITY_NAMES,
  priorityPrefix,
} from '../../../src/recipes/queues/item-names.js';
import type { ItemNames } from '../../../src/recipes/queues/item-names.js';

function inOrder(kind: ItemNames, names: readonly string[]): string[] {
  return names
    .map((name) => kind.keyOf(name))
    .sort(compareItems)
    .map(({ name }) => name);
}

describe('the format of items', () => {
  it("is Curator's", () => {
    expect(encodeItems([Buffer.from('hello')]).toString('hex')).toBe('00010001010000000568656c6c6f02');
    const several = encodeItems([Buffer.from('x'), Buffer.alloc(0), Buffer.from('yz')]);
    expect(several.toString('hex')).toBe('0001000101000000017801000000000100000002797a02');
    expect(decodeItems(several)).toEqual([Buffer.from('x'), Buffer.alloc(0), Buffer.from('yz')]);
  });

  it.each([
    ['', 'too few'],
    ['0001000202', 'its format is 0x10002'],
    ['00010001', 'no end'],
    ['00010001030000', 'byte 4 is 3'],
    ['00010001010000', 'in the middle of a length'],
    ['0001000101ffffffff02', 'a payload of -1 bytes'],
    ['00010001010000000541', 'a payload of 5 bytes'],
  ])('tells what is wrong with %s', (hex, fault) => {
    expect(decodeItems(Buffer.from(hex, 'hex'))).toMatchObject({ fault: expect.stringContaining(fault) as string });
  });
});

describe('the names of items', () => {
  it('order plain items by sequence, also across its end', () => {
    const names = ['queue--2147483648', 'queue-2147483647', 'queue--2147483647', 'queue-2147483646'];
    expect(inOrder(PLAIN_NAMES, names)).toEqual([
      'queue-2147483646',
      'queue-2147483647',
      'queue--2147483648',
      'queue--2147483647',
    ]);
    expect(PLAIN_NAMES.successorOf('queue-0000000007', null)).toBe('queue-');
  });

  it('keep ids, which do not matter for the order', () => {
    expect(idPrefix('a/b|c')).toBe('queue-|a_b_c|');
    expect(idOf('queue-|a_b_c|0000000001')).toBe('a_b_c');
    expect(idOf('queue-0000000001')).toBeNull();
    expect(() => idPrefix('')).toThrow('must be text');
    const names = ['queue-|b|0000000001', 'queue-|a|0000000002', 'queue-|c|0000000000'];
    expect(inOrder(ID_NAMES, names).map(idOf)).toEqual(['c', 'b', 'a']);
    expect(ID_NAMES.successorOf('queue-|a|0000000002', null)).toBe('queue-|a|');
  });

  it('order priorities, the smaller first, and keep them (7.4: the requeued item that became the most urgent)', () => {
    expect([5, -1, -(2 ** 31), 2 ** 31 - 1].map(priorityPrefix)).toEqual([
      'queue-100000005',
      'queue-0FFFFFFFF',
      'queue-080000000',
      'queue-17FFFFFFF',
    ]);
    expect(() => priorityPrefix(0.5)).toThrow('priority is 0.5');
    const names = [
      'queue-1000000050000000000',
      'queue-0FFFFFFFF0000000002',
      'queue-0800000000000000004',
      'queue-0000000009',
    ];
    expect(inOrder(PRIORITY_NAMES, names)).toEqual([
      'queue-0000000009', // as Curator requeues it, and sorts it
      'queue-0800000000000000004',
      'queue-0FFFFFFFF0000000002',
      'queue-1000000050000000000',
    ]);
    expect(PRIORITY_NAMES.successorOf('queue-1000000050000000000', null)).toBe('queue-100000005');
    expect(PRIORITY_NAMES.successorOf('queue-0000000009', null)).toBe('queue-');
    const worn = ['queue-100000005-2147483648', 'queue-1000000052147483647'];
    expect(inOrder(PRIORITY_NAMES, worn)).toEqual([...worn].reverse());
  });

  it('order by due time, then by sequence', () => {
    expect([4102444800000, 1, 0x12345678].map(delayPrefix)).toEqual([
      'queue-|3BB2CC3D800|',
      'queue-|00000001|',
      'queue-|12345678|',
    ]);
    expect(() => delayPrefix(0)).toThrow('the due time is 0');
    const names = ['queue-|3BB2CC3D800|0000000000', 'queue-|12345678|0000000002', 'queue-|x|0000000003'];
    expect(inOrder(DELAY_NAMES, names)).toEqual([names[2], names[1], names[0]]);
    expect(inOrder(DELAY_NAMES, ['queue-|00000001|0000000005', 'queue-|00000001|0000000004'])[0]).toMatch(/4$/);
    expect(DELAY_NAMES.keyOf(names[0]!).dueMs).toBe(4102444800000);
    expect(DELAY_NAMES.successorOf(names[1]!, null)).toBe('queue-|12345678|');
    expect(DELAY_NAMES.successorOf(names[1]!, 255)).toBe('queue-|000000FF|');
  });
});
