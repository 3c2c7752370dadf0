import { expect } from 'vitest';
import type { TrialReport } from './report.js';

/** Fails with what was violated, and how to play it again, before anything else; the stories are on the console by then. */
export function expectNoViolation(reports: readonly TrialReport[]): void {
  for (const { name, story } of reports) if (story !== null) console.error(`${name}, ${story}`);
  const broken = reports.filter(({ violations }) => violations.length > 0);
  const found = violationsIn(broken);
  expect(found, [...found, ...broken.map(({ replay }) => replay)].join('\n')).toEqual([]);
}

/** Each with the recipe's name before it. */
export function violationsIn(reports: readonly TrialReport[]): string[] {
  return reports.flatMap(({ name, violations }) => violations.map((each) => `${name}: ${each}`));
}
