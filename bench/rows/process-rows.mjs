// Rows about a server process as a whole: how fast it is there, what it weighs, what a million nodes do to it.
import { atMost, neverAbove } from './goals.mjs';

/** @import { Row } from './rows.mjs' */

/** @satisfies {Record<string, Row>} */
export const startRows = {
  start: {
    id: 'start',
    group: 'process',
    title: 'start, process to first answered session',
    phase: 'starts',
    metrics: [{ key: 'ms', title: 'ms', goal: atMost(0.6) }],
  },
  rssEmpty: {
    id: 'rss-empty',
    group: 'process',
    title: 'memory, empty',
    phase: 'starts',
    metrics: [{ key: 'mib', title: 'RSS MiB', goal: atMost(1) }],
  },
  rss100k: {
    id: 'rss-100k',
    group: 'process',
    title: 'memory, 100,000 nodes of 100 B',
    phase: 'starts',
    metrics: [{ key: 'mib', title: 'RSS MiB', goal: atMost(0.4) }],
  },
  idle5000: {
    id: 'idle5000',
    group: 'process',
    title: '5,000 idle sessions',
    phase: 'starts',
    takesMinutes: true,
    metrics: [
      { key: 'mib', title: 'RSS MiB', goal: atMost(1) },
      { key: 'cpu', title: 'server CPU ms per s', goal: atMost(0.5) },
    ],
  },
};

/** @satisfies {Record<string, Row>} */
export const millionRows = {
  rss1m: {
    id: 'rss-1m',
    group: 'million',
    title: 'memory, 1,000,000 nodes of 100 B',
    phase: 'million',
    takesMinutes: true,
    metrics: [{ key: 'mib', title: 'RSS MiB', goal: atMost(0.45) }],
  },
  restart1m: {
    id: 'restart-1m',
    group: 'million',
    title: 'restart after kill -9 with 1,000,000 nodes, to first answered session',
    phase: 'million',
    takesMinutes: true,
    metrics: [{ key: 's', title: 's', goal: atMost(0.3) }],
  },
  snapshot1m: {
    id: 'snapshot-1m',
    group: 'million',
    title: 'clients at 5,000/s while snapshots of 1,000,000 nodes are written',
    phase: 'million',
    takesMinutes: true,
    metrics: [
      { key: 'pause', title: 'longest time without any answer, ms', goal: neverAbove(100) },
      { key: 'read', title: 'slowest read, ms' },
      { key: 'write', title: 'slowest write, ms' },
      { key: 'snapshots', title: 'snapshots written meanwhile' },
    ],
  },
};
