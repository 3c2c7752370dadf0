import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** What takes longest, in this order. Begun last, one of them keeps a single processor busy while all others have nothing to do. */
export const LONG = [
  'sim/seeds',
  'recipes/trials/live-trials',
  'sim/simulation',
  'server/storage/history-crash',
  'server/storage/crash',
  'bench/bench',
  'docs/examples',
  'recipes/trials/trials',
  'recipes/herd/herd',
  'e2e/package',
  'cli/tour',
];

/** Begins with the files that take longest, also where nobody has run them yet and nothing is known of them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const at = LONG.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return at < 0 ? LONG.length : at;
}
