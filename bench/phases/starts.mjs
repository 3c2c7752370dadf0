// Rows that need a server of their own in every round: fresh, empty, one at a time.
import { setTimeout as sleep } from 'node:timers/promises';
import { load, populate } from '../generator.mjs';
import { startRows } from '../rows/process-rows.mjs';
import { ensembleRows } from '../rows/ensemble-rows.mjs';
import { Ensemble } from '../servers/ensemble.mjs';
import { launch } from '../servers/launch.mjs';
import { takeTurns } from './turns.mjs';

/** @import { Bench } from '../bench.mjs' */
/** @import { Row } from '../rows/rows.mjs' */

/** Garbage of the start or of a load is left alone for so long before memory is read. */
export const SETTLE_MS = 2_000;
/** A measurement of idle sessions takes as long as a turn of their pings. */
const IDLE_SECONDS = 10;
const IDLE_ROUNDS_MAX = 3;

/**
 * @param {Bench} bench
 * @param {readonly Row[]} rows
 */
export async function measureStarts(bench, rows) {
  const { start, rssEmpty, rss100k, idle5000 } = startRows;
  const fresh = [start, rssEmpty, rss100k].filter((row) => rows.includes(row));
  if (fresh.length > 0) {
    await takeTurns(bench, { rows: fresh, rounds: bench.options.rounds }, async ({ product, record }) => {
      const server = await launch(product);
      record(start, { ms: server.startMs });
      if (fresh.some((row) => row !== start)) {
        await sleep(SETTLE_MS);
        record(rssEmpty, { mib: server.rssMib() });
      }
      if (fresh.includes(rss100k)) {
        await populate(bench, server, 100_000);
        await sleep(SETTLE_MS);
        record(rss100k, { mib: server.rssMib() });
      }
      await server.discard();
    });
  }
  if (rows.includes(idle5000)) {
    const rounds = Math.min(bench.options.rounds, IDLE_ROUNDS_MAX);
    await takeTurns(bench, { rows: [idle5000], rounds }, async ({ product, record }) => {
      const server = await launch(product);
      const args = ['--mode', 'idle', '--connections', '5000', '--seconds', `${IDLE_SECONDS}`, '--warmup', '2'];
      const { server_cpu_s, seconds } = await load(bench.generator, server, args);
      record(idle5000, { mib: server.rssMib(), cpu: (server_cpu_s / seconds) * 1e3 });
      await server.discard();
    });
  }
}

/**
 * @param {Bench} bench
 * @param {readonly Row[]} rows
 */
export async function measureEnsembleStarts(bench, rows) {
  await takeTurns(bench, { rows, rounds: bench.options.rounds }, async ({ product, record }) => {
    const ensemble = await Ensemble.launch(product);
    record(ensembleRows.start, { ms: ensemble.startMs, first: ensemble.firstMs });
    await ensemble.discard();
  });
}
