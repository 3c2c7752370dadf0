// Rows that a load generator measures on a server that has been running and is warm.

import { atLeast, atMost, neverAbove } from './goals.mjs';

/** @import { Metric, Row } from './rows.mjs' */

/**
 * @typedef {object} Latency in microseconds
 * @property {number} p50_us
 * @property {number} p99_us
 * @property {number} max_us
 *
 * @typedef {object} LoadResult what a generator prints as JSON; which latencies there are depends on the mode
 * @property {boolean} ok
 * @property {number} ops
 * @property {number} seconds
 * @property {number} ops_per_s
 * @property {number} server_us_per_op
 * @property {number} server_cpu_s
 * @property {number} client_cpu_s
 * @property {number} machine_busy share of the whole machine
 * @property {number} events_per_s_delivery
 * @property {number} events_per_release
 * @property {number} max_gap_ms
 * @property {number} max_write_gap_ms
 * @property {Latency} read
 * @property {Latency} write
 * @property {Latency} handoff
 * @property {{ rss_kb: number }[]} servers
 */

/**
 * @typedef {object} Load
 * @property {readonly string[]} args of the generator
 * @property {(result: LoadResult) => Record<string, number>} read
 *
 * @typedef {Row & Load} LoadRow
 */

/** @param {LoadResult} result */
const readRates = (result) => ({ ops: result.ops_per_s, cpu: result.server_us_per_op });

/**
 * A closed loop: `connections` sessions with `inFlight` requests each.
 * @param {{ id: string, group: string, title: string, op: string, shape: readonly [connections: number, inFlight: number] }} what
 * @param {{ ops: number, cpu: number }} goals
 * @returns {LoadRow}
 */
function closedLoop({ id, group, title, op, shape: [connections, inFlight] }, goals) {
  return {
    id,
    group,
    title,
    phase: 'loads',
    args: ['--op', op, '--connections', `${connections}`, '--pipeline', `${inFlight}`],
    metrics: [
      { key: 'ops', title: 'ops/s', goal: atLeast(goals.ops) },
      { key: 'cpu', title: 'server CPU us/op', goal: atMost(goals.cpu) },
    ],
    read: readRates,
  };
}

/**
 * @param {string} op
 * @param {readonly [connections: number, inFlight: number]} shape
 * @param {{ ops: number, cpu: number }} goals
 */
function plain(op, shape, goals) {
  const size = `${shape[0]}x${shape[1]}`;
  const group = op === 'get' ? 'reads' : 'writes';
  return closedLoop({ id: `${op}${size}`, group, title: `${op} ${size}`, op, shape }, goals);
}

/**
 * @param {LoadRow} row
 * @param {{ metrics: readonly Metric[], read: (result: LoadResult) => Record<string, number> }} more
 * @returns {LoadRow}
 */
function withMore(row, { metrics, read }) {
  return {
    ...row,
    metrics: [...row.metrics, ...metrics],
    read: (result) => ({ ...row.read(result), ...read(result) }),
  };
}

/** @param {number} contenders */
function lock(contenders) {
  /** @type {LoadRow} */
  const row = {
    id: `lock${contenders}`,
    group: 'locks',
    title: `lock hand-off, ${contenders} contenders`,
    phase: 'loads',
    args: ['--mode', 'lock', '--connections', `${contenders}`],
    metrics: [
      { key: 'ops', title: 'hand-offs/s', goal: atLeast(1.25) },
      { key: 'cpu', title: 'server CPU us/hand-off', goal: atMost(0.65) },
      { key: 'p99', title: 'p99 us', goal: atMost(1) },
      { key: 'events', title: 'watch events per release', goal: neverAbove(1.01) },
    ],
    read: (result) => ({
      ...readRates(result),
      p99: result.handoff.p99_us,
      events: result.events_per_release,
    }),
  };
  return row;
}

const get8x64 = plain('get', [8, 64], { ops: 8, cpu: 0.12 });

/** @type {readonly LoadRow[]} */
export const loadRows = [
  plain('get', [1, 1], { ops: 2.5, cpu: 0.25 }),
  plain('get', [8, 1], { ops: 2, cpu: 0.3 }),
  plain('get', [64, 1], { ops: 1.6, cpu: 0.5 }),
  get8x64,
  {
    ...get8x64,
    id: 'get8x64-1k',
    title: 'get 8x64, 1 KiB',
    args: [...get8x64.args, '--size', '1024', '--prefix', '/zkload-1k'],
  },
  withMore(plain('set', [1, 1], { ops: 1.3, cpu: 0.7 }), {
    metrics: [{ key: 'p50', title: 'p50 us', goal: atMost(0.75) }],
    read: (result) => ({ p50: result.write.p50_us }),
  }),
  plain('set', [8, 1], { ops: 1.2, cpu: 0.6 }),
  plain('set', [64, 1], { ops: 1.25, cpu: 0.6 }),
  plain('set', [8, 64], { ops: 4, cpu: 0.2 }),
  closedLoop(
    { id: 'mix8x64', group: 'mixed', title: '90/10 mix 8x64', op: 'mixed:10', shape: [8, 64] },
    { ops: 4, cpu: 0.2 },
  ),
  closedLoop(
    { id: 'mix64x1', group: 'mixed', title: '90/10 mix 64x1', op: 'mixed:10', shape: [64, 1] },
    { ops: 1.5, cpu: 0.5 },
  ),
  {
    id: 'mix5000',
    group: 'mixed',
    title: '90/10 mix at a fixed 5,000/s, 16x8',
    phase: 'loads',
    args: ['--op', 'mixed:10', '--rate', '5000', '--connections', '16', '--pipeline', '8'],
    metrics: [
      { key: 'p99', title: 'p99 of a read us', goal: atMost(0.8) },
      { key: 'writeP99', title: 'p99 of a write us', goal: atMost(0.8) },
      { key: 'cpu', title: 'server CPU us/op', goal: atMost(0.5) },
    ],
    read: (result) => ({
      p99: result.read.p99_us,
      writeP99: result.write.p99_us,
      cpu: result.server_us_per_op,
    }),
  },
  closedLoop(
    {
      id: 'createseq-delete8x64',
      group: 'writes',
      title: 'sequential ephemeral create and delete 8x64',
      op: 'createseq-delete',
      shape: [8, 64],
    },
    { ops: 3, cpu: 0.25 },
  ),
  closedLoop(
    { id: 'multi8x8', group: 'writes', title: 'multi of 4 sets 8x8', op: 'multi:4', shape: [8, 8] },
    { ops: 2, cpu: 0.4 },
  ),
  {
    id: 'fanout1000',
    group: 'watches',
    title: 'fan-out to 1,000 watchers',
    phase: 'loads',
    args: ['--mode', 'fanout', '--connections', '1000'],
    metrics: [
      { key: 'ops', title: 'events/s while delivering', goal: atLeast(1.7) },
      { key: 'cpu', title: 'server CPU us/event, arming included', goal: atMost(0.5) },
    ],
    read: (result) => ({ ops: result.events_per_s_delivery, cpu: result.server_us_per_op }),
  },
  {
    id: 'sessions8',
    group: 'sessions',
    title: 'sessions opened and closed, 8 at a time',
    phase: 'loads',
    args: ['--mode', 'session', '--connections', '8'],
    metrics: [
      { key: 'ops', title: 'sessions/s', goal: atLeast(1.5) },
      { key: 'cpu', title: 'server CPU us/session', goal: atMost(0.5) },
    ],
    read: readRates,
  },
  lock(2),
  lock(10),
  lock(100),
];
