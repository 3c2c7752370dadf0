// What a run says at its end.
import { revision } from './machine.mjs';
import { figure, table } from './table.mjs';

/** @import { Bench } from './bench.mjs' */

/** @param {Bench} bench */
export function report(bench) {
  const { results, options, subject, others } = bench;
  const sides = { subject: subject.name, others: others.map((other) => other.name) };
  const lines = results.lines(options.rows, sides);
  return [circumstances(bench), table(lines, sides), verdict(lines)].join('\n\n');
}

/** @param {Bench} bench */
function circumstances({ machine, products, generator, options, results }) {
  const commit = revision();
  const elsewhere = results.elsewhere;
  return [
    `- ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC${commit === null ? '' : `, pinfold at ${commit}`}`,
    `- ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, ${machine.kernel}`,
    `- data on ${machine.disk}`,
    ...products.map((product) => `- ${product.name}: ${product.what}`),
    `- load from ${generator.what}; ${options.rounds} rounds of ${options.seconds} s, the servers taking turns`,
    `- load average before: ${machine.load.join(' ')}${elsewhere === null ? '' : `; used by others meanwhile: ${figure(elsewhere * 100)} % of the machine`}`,
  ].join('\n');
}

/** @param {readonly import('./results.mjs').Line[]} lines */
function verdict(lines) {
  const goals = lines.filter((line) => line.reached !== null);
  const missed = goals.filter((line) => line.reached === false);
  const failed = new Set(lines.filter((line) => line.failure !== null).map((line) => line.row.id));
  const sentences = [`${goals.length - missed.length} of ${goals.length} goals reached.`];
  if (failed.size > 0) sentences.push(`FAILED: ${[...failed].join(', ')}.`);
  return sentences.join(' ');
}
