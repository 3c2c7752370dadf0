import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Chained } from '../../../src/server/tree/chain-table.js';
import { ChainTable } from '../../../src/server/tree/chain-table.js';

interface Item extends Chained<Item> {
  readonly key: number;
}

function found(table: ChainTable<Item>, hash: number): number[] {
  const keys: number[] = [];
  for (let at = table.first(hash); at !== null; at = at.next) if (at.hash === hash) keys.push(at.key);
  return keys.sort((a, b) => a - b);
}

test('a table holds what was put in and not taken out, however often that happens', () => {
  const hash = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.integer());
  fc.assert(
    fc.property(fc.array(fc.tuple(hash, fc.nat(3)), { minLength: 1, maxLength: 400 }), (steps) => {
      const table = new ChainTable<Item>();
      const model: Item[] = [];
      for (const [key, [itsHash, kind]] of steps.entries()) {
        if (kind === 0 && model.length > 0) {
          const [item] = model.splice(key % model.length, 1);
          table.remove(item!);
          expect(item!.next).toBeNull();
        } else {
          const item: Item = { key, hash: itsHash, next: null };
          model.push(item);
          table.add(item);
        }
      }
      expect(table.size).toBe(model.length);
      expect(Array.from(table.values(), ({ key }) => key).sort((a, b) => a - b)).toEqual(model.map(({ key }) => key));
      for (const [itsHash] of steps) {
        const keys = model.filter((item) => item.hash === itsHash).map(({ key }) => key);
        expect(found(table, itsHash)).toEqual(keys);
      }
    }),
  );
});

test('what is in no table cannot be taken out', () => {
  expect(() => new ChainTable<Item>().remove({ key: 1, hash: 1, next: null })).toThrow(/not in the table/);
});
