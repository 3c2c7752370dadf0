import { Tally } from '../../../src/testing/sim/tally.js';
import type { RoundReport } from './round.js';

const FAULT = 'fault: ';

/** What happened in all rounds, for people. */
export function figuresOf(reports: readonly RoundReport[]): string {
  const tally = new Tally();
  for (const report of reports) tally.add(report.tally.entries());
  const entries = tally.entries();
  const sum = (wanted: (what: string) => boolean): number =>
    entries.reduce((total, [what, times]) => total + (wanted(what) ? times : 0), 0);
  const episodes = reports.flatMap((report) => report.episodes);
  const faults = entries.filter(([what]) => what.startsWith(FAULT));
  const lines = faults.map(([what, times]) => {
    const name = what.slice(FAULT.length);
    const own = episodes.filter((each) => each.name === name).map(({ gapMs }) => gapMs);
    return `  ${String(times).padStart(4)}  ${name.padEnd(20)} no write for ${msText(median(own))}, at most ${msText(Math.max(0, ...own))}`;
  });
  const ended = (outcome: string): number => sum((what) => what.endsWith(`: ${outcome}`) && /^[a-zA-Z]+: /.test(what));
  const broken = reports.reduce((total, { violations }) => total + violations.length, 0);
  return [
    `ensemble: ${broken === 0 ? 'no promise broken' : `${broken} PROMISES BROKEN`} in ${reports.length} rounds`,
    ...reports.map(({ plan, seed, episodes, interregnum, evidence }) => {
      const led = `no leader for at most ${msText(interregnum.ms)} while a quorum was connected`;
      return `  seed ${seed}: ${plan}, ${episodes.length} faults, ${led}${evidence === null ? '' : `; see ${evidence}`}`;
    }),
    `faults, how long everybody was without an acknowledged write during one (median), and the longest:`,
    ...lines,
    `${reports.reduce((total, { elections }) => total + elections, 0)} elections; ` +
      `${ended('ok')} operations done, ${ended('failed')} refused, ${ended('unknown')} in doubt; ` +
      `${tally.of('lock acquired')} locks taken, ${sum((what) => what.startsWith('lock lost'))} lost; ` +
      `${sum((what) => what.startsWith('watch: '))} watches fired; ` +
      `${sum((what) => what.startsWith('client session lost'))} sessions lost`,
    `${sum((what) => what.startsWith('search for an order'))} nodes searched for an order ` +
      `(${tally.of('search for an order: undecided')} given up); all trees equal at the end; ` +
      `${reports.reduce((total, { digestsCompared }) => total + digestsCompared, 0)} digests compared`,
  ].join('\n');
}

function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function msText(ms: number): string {
  return `${Math.round(ms).toLocaleString('en')} ms`;
}
