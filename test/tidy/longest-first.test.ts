import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { LONG } from '../support/longest-first.js';

it.each(LONG)('%s, which is begun early, is there', (name) => {
  expect(existsSync(new URL(`../${name}.test.ts`, import.meta.url))).toBe(true);
});
