import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compiled, mutated } from '../../scripts/mutants/apply.mjs';
import { mutants } from '../../scripts/mutants/table.mjs';

function page(name: string): string {
  return readFileSync(new URL(`../../docs/internals/${name}.md`, import.meta.url), 'utf8');
}

/** What stands between backticks. */
function named(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
}

describe('the mutants of the simulator', () => {
  it('are many, and have names of their own', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(12);
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });

  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))('%s still fits its source', (_, mutant) => {
    for (const { file, source } of mutated(mutant)) expect(compiled(source, file)).not.toBe('');
  });

  it('are all on the page about the simulator', () => {
    const rows = page('simulator').match(/^\| `[a-z-]+` .*\| +[0-9]+ +\|$/gm) ?? [];
    expect(rows.map((row) => named(row)[0])).toEqual(mutants.map(({ name }) => name));
  });

  it('put back whatever the simulator has found', () => {
    const rows = page('track-record').match(/^\| [0-9-]+ +\| `sim`.*$/gm) ?? [];
    expect(rows.length).toBeGreaterThanOrEqual(2);
    for (const row of rows) {
      const cell = named(row.split('|')[2] ?? '');
      expect(cell.filter((name) => mutants.some((mutant) => mutant.name === name))).not.toEqual([]);
    }
  });

  it('say so when their source has moved on', () => {
    const [mutant] = mutants;
    expect(() => mutated({ ...mutant!, find: 'is nowhere' })).toThrow('is 0 times in');
    expect(() => mutated({ ...mutant!, find: ';' })).toThrow(/is \d+ times in/);
  });
});
