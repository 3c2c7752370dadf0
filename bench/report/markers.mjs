// Generated parts of a document: what stands between `<!-- name -->` and `<!-- /name -->`.
import { readFileSync, writeFileSync } from 'node:fs';

/**
 * @param {string} file
 * @param {string} name
 * @param {string} text
 */
export function replaceBetween(file, name, text) {
  const [opening, closing] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const before = readFileSync(file, 'utf8');
  const [from, to] = [before.indexOf(opening), before.indexOf(closing)];
  if (from < 0 || to < from) throw new Error(`${file} has no ${opening} followed by ${closing}`);
  writeFileSync(file, `${before.slice(0, from + opening.length)}\n\n${text.trim()}\n\n${before.slice(to)}`);
}
