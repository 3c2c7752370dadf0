// CPU time and memory of the server, of this process and of the whole machine, as Linux counts them.
import { readFileSync } from 'node:fs';

/** Linux counts CPU time in ticks of 10 ms on every machine of today. */
const TICKS_PER_SECOND = 100;

/** @param {readonly number[]} pids */
export function takeUsage(pids) {
  const own = process.cpuUsage();
  return {
    ms: performance.now(),
    clientCpuS: (own.user + own.system) / 1e6,
    machine: machineTicks(),
    servers: pids.map(processUsage),
  };
}

/** @typedef {ReturnType<typeof takeUsage>} Usage */

/**
 * What was used between two moments, with zkload's names.
 * @param {Usage} from
 * @param {Usage} to
 * @param {number} ops
 */
export function usedBetween(from, to, ops) {
  const clientCpuS = to.clientCpuS - from.clientCpuS;
  const servers = to.servers.map((server, index) => ({
    ...server,
    cpu_s: server.cpu_s - (from.servers[index]?.cpu_s ?? 0),
  }));
  const serverCpuS = servers.reduce((sum, server) => sum + server.cpu_s, 0);
  const total = to.machine.total - from.machine.total;
  return {
    client_cpu_s: clientCpuS,
    client_us_per_op: ops === 0 ? 0 : (clientCpuS * 1e6) / ops,
    machine_busy: total === 0 ? 0 : (to.machine.busy - from.machine.busy) / total,
    server_cpu_s: serverCpuS,
    server_us_per_op: ops === 0 ? 0 : (serverCpuS * 1e6) / ops,
    servers,
  };
}

/** @param {number} pid */
function processUsage(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the name in parentheses, which may hold blanks; user and system time are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = (/** @type {string} */ name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return {
    pid,
    cpu_s: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    rss_kb: kib('VmRSS'),
    peak_rss_kb: kib('VmHWM'),
  };
}

function machineTicks() {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const ticks = first.split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, value) => sum + value, 0);
  return { total, busy: total - (ticks[3] ?? 0) - (ticks[4] ?? 0) };
}
