// Rows with a million nodes: filled, weighed, killed, started again, and loaded while it writes snapshots of them.
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { load, LoadFailed, populate } from '../generator.mjs';
import { millionRows } from '../rows/process-rows.mjs';
import { launch } from '../servers/launch.mjs';
import { SETTLE_MS } from './starts.mjs';
import { takeTurns } from './turns.mjs';

/** @import { Bench } from '../bench.mjs' */
/** @import { Row } from '../rows/rows.mjs' */
/** @import { Server } from '../servers/server.mjs' */

const NODES = 1_000_000;
/** A round takes three minutes, and the whole run should take less than half an hour. */
const ROUNDS_MAX = 3;
const LOAD_SECONDS = 15;
/** At 500 writes a second, both servers begin a snapshot every 2 to 4 seconds, unless they are still at the last one. */
const SNAP_COUNT = 2_000;

/**
 * @param {Bench} bench
 * @param {readonly Row[]} rows
 */
export async function measureMillion(bench, rows) {
  const { rss1m, restart1m, snapshot1m } = millionRows;
  const chosen = [rss1m, restart1m, snapshot1m].filter((row) => rows.includes(row));
  if (chosen.length === 0) return;
  const rounds = Math.min(bench.options.rounds, ROUNDS_MAX);
  await takeTurns(bench, { rows: chosen, rounds }, async ({ product, record }) => {
    const first = await launch(product);
    await populate(bench, first, NODES);
    await sleep(SETTLE_MS);
    record(rss1m, { mib: first.rssMib() });
    await first.kill();
    if (chosen.length > 1 || !chosen.includes(rss1m)) {
      const second = await launch(product, { home: first.home, config: { snapCount: SNAP_COUNT } });
      record(restart1m, { s: second.startMs / 1e3 });
      if (chosen.includes(snapshot1m)) record(snapshot1m, await loadDuringSnapshots(bench, second));
      await second.kill();
    }
    await first.discard();
  });
}

/**
 * @param {Bench} bench
 * @param {Server} server
 */
async function loadDuringSnapshots({ generator }, server) {
  const before = snapshotsOf(server);
  const shape = ['--op', 'mixed:10', '--rate', '5000', '--connections', '16', '--pipeline', '8'];
  const result = await load(generator, server, [...shape, '--seconds', `${LOAD_SECONDS}`, '--warmup', '1']);
  const snapshots = snapshotsOf(server) - before;
  if (snapshots < 1) throw new LoadFailed('no snapshot was written meanwhile');
  const { max_gap_ms, read, write } = result;
  return { pause: max_gap_ms, read: read.max_us / 1e3, write: write.max_us / 1e3, snapshots };
}

/** @param {Server} server */
function snapshotsOf({ home }) {
  return readdirSync(`${home}/data/version-2`).filter((name) => /^snapshot\.[0-9a-f]+$/.test(name)).length;
}
