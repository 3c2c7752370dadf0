import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { migrationHash } from '../../../src/recipes/index.js';
import type { MigrationOp } from '../../../src/recipes/index.js';

/** The form of a hash as the specification writes it: path, op code, text. */
function hashOf(...parts: string[]): string {
  return createHash('sha256').update(parts.join(''), 'utf8').digest('hex');
}

const OPEN = "v{s{31,s{'world,'anyone}}}";

const samples: readonly [string, MigrationOp, string][] = [
  ['a create', { type: 'create', path: '/v/mig/data/a', data: 'A' }, `/v/mig/data/a1'/v/mig/data/a,#41,${OPEN},0\n`],
  ['a setData', { type: 'setData', path: '/v/mig/data/a', data: 'A2' }, "/v/mig/data/a5'/v/mig/data/a,#4132,-1\n"],
  [
    'what has to be escaped, and an ephemeral sequential node',
    { type: 'create', path: '/é}', mode: 'ephemeral-sequential' },
    `/é}1'/é%7D,,${OPEN},3\n`,
  ],
  ['a delete of a version', { type: 'delete', path: '/x', version: 3 }, "/x2'/x,3\n"],
  ['a check', { type: 'check', path: '/x' }, "/x13'/x,-1\n"],
  ['a node with a time to live', { type: 'create', path: '/t', mode: 'ttl', ttlMs: 5000 }, `/t21'/t,,${OPEN},5,5000\n`],
  ['a container', { type: 'create', path: '/c', mode: 'container' }, `/c19'/c,,${OPEN},4\n`],
  [
    'bytes without leading zeros, and with the sign of a Java byte',
    { type: 'create', path: '/b', data: Uint8Array.of(0x05, 0xff, 0x41) },
    `/b1'/b,#5ffffffff41,${OPEN},0\n`,
  ],
];

describe('the hash of a migration', () => {
  it.each(samples)('is Java’s: %s', (_, op, form) => {
    expect(migrationHash([op]).toString('hex')).toBe(hashOf(form));
  });

  it('goes over all operations in order', () => {
    const [, , [, third, thirdForm], [, fourth, fourthForm]] = samples as typeof samples & {
      2: (typeof samples)[0];
      3: (typeof samples)[0];
    };
    expect(migrationHash([third, fourth]).toString('hex')).toBe(hashOf(thirdForm, fourthForm));
  });
});
