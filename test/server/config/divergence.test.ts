import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { KNOWN_WORDS } from '../../../src/server/words/known-words.js';

const page = readFileSync(new URL('../../../docs/divergence.md', import.meta.url), 'utf8');

describe('the page of divergences', () => {
  it('speaks of every operation', () => {
    const missing = Object.entries(OpCode).filter(([name, code]) => !page.includes(`\`${name}\` (${code})`));
    expect(missing).toEqual([]);
  });

  it('speaks of every four-letter word', () => {
    expect(KNOWN_WORDS.filter((word) => !page.includes(`\`${word}\``))).toEqual([]);
  });
});
