// Generated parts of a document: what stands between `<!-- name -->` and `<!-- /name -->`.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** @import { Row } from '../rows/rows.mjs' */

/** Groups of rows that are a run of their own: measured only when they are asked for, and told in a part of their own. */
export const APART = ['ensemble', 'hand-over'];

/**
 * The name of the part that a run writes.
 * @param {{ rows: readonly Row[], profile: boolean }} run
 */
export function partOf({ rows, profile }) {
  const apart = APART.find((group) => rows.every((row) => row.group === group));
  if (apart !== undefined) return profile ? `${apart}-profile` : apart;
  return profile ? 'profile' : 'bench';
}

/**
 * What is wrong with a file that such a part is to be put into, or null.
 * @param {string} file
 * @param {string} name
 */
export function faultOf(file, name) {
  if (!existsSync(file)) return `${file} does not exist`;
  const [opening, closing] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const text = readFileSync(file, 'utf8');
  const from = text.indexOf(opening);
  return from >= 0 && text.indexOf(closing) > from ? null : `${file} has no ${opening} followed by ${closing}`;
}

/**
 * @param {string} file
 * @param {string} name
 * @param {string} text
 */
export function replaceBetween(file, name, text) {
  const fault = faultOf(file, name);
  if (fault !== null) throw new Error(fault);
  const [opening, closing] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const before = readFileSync(file, 'utf8');
  const [from, to] = [before.indexOf(opening), before.indexOf(closing)];
  writeFileSync(file, `${before.slice(0, from + opening.length)}\n\n${text.trim()}\n\n${before.slice(to)}`);
}
