// Rows about an ensemble of three servers on one machine: the loads of one server, spread over three, and what only three do.
import { atLeast, atMost, neverAbove } from './goals.mjs';
import { loadRows } from './load-rows.mjs';

/** @import { LoadRow } from './load-rows.mjs' */
/** @import { Goal, Row } from './rows.mjs' */

const group = 'ensemble';

/**
 * A load of one server on three, its connections shared out among them; processor time is that of all three together.
 * @param {string} id of the row about one server
 * @param {Readonly<Record<string, Goal>>} goals by metric; those of one server are not those of three
 * @returns {LoadRow}
 */
function onThree(id, goals) {
  const row = loadRows.find((each) => each.id === id);
  if (row === undefined) throw new RangeError(`there is no row "${id}"`);
  const metrics = row.metrics.map(({ key, title }) => {
    const goal = goals[key];
    return { key, title: title.replace('server CPU', "all servers' CPU"), ...(goal === undefined ? {} : { goal }) };
  });
  return { ...row, id: `ensemble-${id}`, group, title: `3 servers: ${row.title}`, phase: 'ensembleLoads', metrics };
}

/** @type {readonly LoadRow[]} */
export const ensembleLoadRows = [
  onThree('get8x64', { ops: atLeast(6), cpu: atMost(0.15) }),
  onThree('set1x1', { ops: atLeast(1.4), cpu: atMost(0.6) }),
  onThree('set8x1', { ops: atLeast(1.5), cpu: atMost(0.5) }),
  onThree('set64x1', { ops: atLeast(2), cpu: atMost(0.4) }),
  onThree('set8x64', { ops: atLeast(4), cpu: atMost(0.25) }),
  onThree('mix8x64', { ops: atLeast(5), cpu: atMost(0.2) }),
  onThree('lock10', { ops: atLeast(1.5), cpu: atMost(0.5), events: neverAbove(1.01) }),
  onThree('fanout1000', { ops: atLeast(1.5), cpu: atMost(0.5) }),
  onThree('sessions8', { ops: atLeast(2), cpu: atMost(0.5) }),
];

/** @satisfies {Record<string, Row>} */
export const ensembleRows = {
  start: {
    id: 'ensemble-start',
    group,
    title: '3 servers: start from nothing until each has answered a session',
    phase: 'ensembleStarts',
    metrics: [
      { key: 'ms', title: 'ms', goal: atMost(0.5) },
      { key: 'ms', title: 'ms, by itself', goal: neverAbove(500) },
      { key: 'first', title: 'ms until one has' },
    ],
  },
  failover: {
    id: 'failover',
    group,
    title: '3 servers: kill -9 of the leader under load until a write is acknowledged',
    phase: 'failovers',
    metrics: [
      { key: 'ms', title: 'ms', goal: atMost(0.7) },
      { key: 'ms', title: 'ms, by itself', goal: neverAbove(200) },
    ],
  },
  slowestFailover: {
    id: 'failover-slowest',
    group,
    title: '3 servers: the slowest of those kills',
    phase: 'failovers',
    metrics: [{ key: 'ms', title: 'ms', goal: atMost(1) }],
  },
};
