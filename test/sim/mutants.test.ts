import { describe, expect, it } from 'vitest';
import { compiled, mutated } from '../../scripts/mutants/apply.mjs';
import { mutants } from '../../scripts/mutants/table.mjs';

describe('the mutants of the simulator', () => {
  it('are many, and have names of their own', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(12);
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });

  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))('%s still fits its source', (_, mutant) => {
    expect(compiled(mutated(mutant), mutant.file)).not.toBe('');
  });

  it('say so when their source has moved on', () => {
    const [mutant] = mutants;
    expect(() => mutated({ ...mutant!, find: 'is nowhere' })).toThrow('is 0 times in');
    expect(() => mutated({ ...mutant!, find: ';' })).toThrow(/is \d+ times in/);
  });
});
