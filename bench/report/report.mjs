// What a run says at its end.
import { otherClients } from '../phases/clients.mjs';
import { otherLocks } from '../phases/hand-overs.mjs';
import { revision } from '../machine.mjs';
import { figure, table } from './table.mjs';

/** @import { Bench } from '../bench.mjs' */
/** @import { Line } from './results.mjs' */

/** @param {Bench} bench */
export function report(bench) {
  const parts = tables(bench).map(({ heading, lines, sides }) => `${heading}\n\n${table(lines, sides)}`);
  return [circumstances(bench), ...parts, verdict(tables(bench).flatMap(({ lines }) => lines))].join('\n\n');
}

/**
 * The same for programs, with every sample.
 * @param {Bench} bench
 */
export function reportData(bench) {
  const { results, options, machine, generator, products } = bench;
  return {
    atMs: Date.now(),
    revision: revision(),
    machine,
    generator: generator.what,
    options: { ...options, rows: options.rows.map(({ id }) => id) },
    usedElsewhere: results.elsewhere,
    sides: Object.fromEntries(products.map(({ name, what }) => [name, what])),
    lines: tables(bench).flatMap(({ lines, sides }) =>
      lines.map(({ row, metric, ratios, rounds, goal, reached, failure, leftOut }) => ({
        row: row.id,
        metric: metric.key,
        title: `${row.title}, ${metric.title}`,
        samples: Object.fromEntries(
          [...sides.others, sides.subject].map((side) => [
            side,
            Object.fromEntries(results.samples(row, metric, side)),
          ]),
        ),
        ratios: Object.fromEntries(ratios),
        goal,
        rounds,
        reached,
        failure,
        leftOut,
      })),
    ),
  };
}

/** @param {Bench} bench */
function tables(bench) {
  const { results, options, subject, others } = bench;
  const ofServers = { subject: subject.name, others: others.map((other) => other.name), judge: 'Apache' };
  const ofClients = { subject: subject.name, others: otherClients(bench), judge: 'node-zookeeper-client' };
  const ofLocks = { subject: subject.name, others: otherLocks(bench), judge: 'Curator' };
  const clients = options.rows.filter((row) => row.phase === 'clients');
  const handOvers = options.rows.filter((row) => row.phase === 'handOvers');
  const ensembles = options.rows.filter((row) => row.group === 'ensemble');
  const apart = [...clients, ...handOvers, ...ensembles];
  const servers = options.rows.filter((row) => !apart.includes(row));
  return [
    { heading: '**Servers**', sides: ofServers, lines: results.lines(servers, ofServers) },
    { heading: '**3 servers**', sides: ofServers, lines: results.lines(ensembles, ofServers) },
    { heading: '**Clients**', sides: ofClients, lines: results.lines(clients, ofClients) },
    { heading: '**Locks**', sides: ofLocks, lines: results.lines(handOvers, ofLocks) },
  ].filter(({ lines }) => lines.length > 0);
}

/** @param {Bench} bench */
function circumstances({ machine, products, generator, options, results }) {
  const commit = revision();
  const elsewhere = results.elsewhere;
  const used = elsewhere === null ? '' : `; others used ${figure(elsewhere * 100)} % of the machine meanwhile (median)`;
  return [
    `- ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC${commit === null ? '' : `, pinfold at ${commit}`}`,
    `- ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, ${machine.kernel}`,
    `- data on ${machine.disk}`,
    ...products.map((product) => `- ${product.name}: ${product.what}`),
    ...results.notMeasured.map((who) => `- **NOT measured**: ${who}`),
    `- load from ${generator.what}, ${options.seconds} s a turn, taking turns; the rounds of each row are in its last column`,
    `- load average before: ${machine.load.join(' ')}${used}`,
  ].join('\n');
}

/** @param {readonly Line[]} lines */
function verdict(lines) {
  const goals = lines.filter((line) => line.goal !== null && line.leftOut === null);
  const reached = goals.filter((line) => line.reached === true);
  const failed = new Set(lines.filter((line) => line.failure !== null).map((line) => line.row.id));
  const sentences = [
    'A ratio is the median of the ratios within each round, with the least and the greatest of them.',
    `${reached.length} of ${goals.length} goals reached.`,
  ];
  if (failed.size > 0) sentences.push(`FAILED: ${[...failed].join(', ')}.`);
  return sentences.join(' ');
}
