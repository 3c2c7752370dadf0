// Rows about clients: pinfold's beside other people's, on the same server.
import { atLeast, atMost } from './goals.mjs';

/** @import { Goal, Row } from './rows.mjs' */

/**
 * @typedef {object} ClientLoad
 * @property {'get' | 'set'} op
 * @property {number} inFlight
 * @property {'pinfold' | 'Apache'} server
 *
 * @typedef {Row & ClientLoad} ClientRow
 */

/**
 * @param {ClientLoad} load
 * @param {{ ops: Goal, cpu: Goal } | null} goals to node-zookeeper-client
 * @returns {ClientRow}
 */
function clientRow({ op, inFlight, server }, goals) {
  return {
    id: `client-${op}${inFlight}-${server.toLowerCase()}`,
    group: 'clients',
    title: `client, ${op}, ${inFlight} in flight, ${server}'s server`,
    phase: 'clients',
    op,
    inFlight,
    server,
    metrics: [
      { key: 'ops', title: 'ops/s', ...(goals === null ? {} : { goal: goals.ops }) },
      { key: 'cpu', title: 'client CPU us/op', ...(goals === null ? {} : { goal: goals.cpu }) },
      { key: 'rss', title: 'client RSS MiB' },
    ],
  };
}

/** @type {readonly ClientRow[]} */
export const clientRows = [
  clientRow({ op: 'get', inFlight: 1, server: 'pinfold' }, null),
  clientRow({ op: 'get', inFlight: 64, server: 'pinfold' }, { ops: atLeast(8), cpu: atMost(0.15) }),
  clientRow({ op: 'set', inFlight: 64, server: 'pinfold' }, null),
  clientRow({ op: 'get', inFlight: 1, server: 'Apache' }, { ops: atLeast(1.2), cpu: atMost(0.6) }),
  clientRow({ op: 'get', inFlight: 64, server: 'Apache' }, { ops: atLeast(1), cpu: atMost(0.5) }),
  clientRow({ op: 'set', inFlight: 64, server: 'Apache' }, null),
];
