import { expect, it } from 'vitest';
import { herdTable, herdTableWith } from '../../scripts/recipes/herd-table.mjs';

function result(recipe: string, waiters: number, events: number) {
  const named = { id: recipe.toLowerCase(), recipe, step: 'a release', waiters };
  return [
    { ...named, who: 'pinfold' as const, events, requests: 2 },
    { ...named, who: 'Curator' as const, events: events * waiters, requests: 1000.4 },
  ];
}

it('figures stand in a row a recipe, step and number of waiters, Curator’s beside', () => {
  expect(herdTable([...result('Mutex', 10, 1), ...result('Mutex', 1000, 1.25)])).toBe(
    [
      '| recipe | step      | waiters | events | Curator’s | requests | Curator’s |',
      '| ------ | --------- | ------: | -----: | --------: | -------: | --------: |',
      '| Mutex  | a release |      10 |      1 |        10 |        2 |     1,000 |',
      '| Mutex  | a release |   1,000 |    1.3 |     1,250 |        2 |     1,000 |',
    ]
      .join('\n')
      .replaceAll('’', "'"),
  );
});

it('what was measured alone replaces its rows, what is new stands with its like, and the rest stays', () => {
  const before = herdTable([...result('Mutex', 10, 1), ...result('Mutex', 100, 1), ...result('Queue', 10, 1)]);
  const measured = [...result('Mutex', 100, 3), ...result('Mutex', 500, 4), ...result('Barrier', 10, 5)];
  const all = [
    ...result('Mutex', 10, 1),
    ...result('Mutex', 100, 3),
    ...result('Mutex', 500, 4),
    ...result('Queue', 10, 1),
    ...result('Barrier', 10, 5),
  ];
  expect(herdTableWith(measured, before)).toBe(herdTable(all));
});
