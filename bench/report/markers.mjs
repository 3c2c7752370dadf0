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
 * What stands there. Throws where such a part is missing.
 * @param {string} file
 * @param {string} name
 */
export function textBetween(file, name) {
  const [text, from, to] = partIn(file, name);
  return text.slice(from, to).trim();
}

/**
 * @param {string} file
 * @param {string} name
 * @param {string} text
 */
export function replaceBetween(file, name, text) {
  const [before, from, to] = partIn(file, name);
  writeFileSync(file, `${before.slice(0, from)}\n\n${text.trim()}\n\n${before.slice(to)}`);
}

/**
 * The file's text, and where the part in it begins and ends.
 * @param {string} file
 * @param {string} name
 * @returns {[text: string, from: number, to: number]}
 */
function partIn(file, name) {
  const fault = faultOf(file, name);
  if (fault !== null) throw new Error(fault);
  const [opening, closing] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const text = readFileSync(file, 'utf8');
  return [text, text.indexOf(opening) + opening.length, text.indexOf(closing)];
}
