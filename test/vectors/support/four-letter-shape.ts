import type { Bindings } from './bindings.js';

/** Lines of an answer with everything taken out that may differ between two runs of one product, or between products. */
type Shape = (text: string) => readonly string[];

/** Gauges that every role of every version reports; the hundreds of others are the product's own (operations 3.5). */
const MNTR_KEYS =
  'version server_state ephemerals_count num_alive_connections avg_latency outstanding_requests znode_count global_sessions packets_sent packets_received watch_count approximate_data_size open_file_descriptor_count max_file_descriptor_count min_latency max_latency local_sessions uptime connection_drop_probability auth_failed_count'
    .split(' ')
    .map((name) => `zk_${name}`);

const lines = (text: string): string[] => text.split('\n');

const numbersOut = (line: string): string =>
  line
    .replace(/^(Zookeeper version: |zookeeper\.version=)\d+\.\d+\.\d+.*, built on .*/, '$1#')
    .replace(/0x[0-9a-f]+/g, '0x#')
    .replace(/(?<![#\w])-?\d+(\.\d+)?/g, '#');

/** A client's line without its address and counters; only a session has the second half. */
const connectionLine = (line: string): string => numbersOut(line).replace(/\[#\]/, '[#]');

const SHAPES: Readonly<Record<string, Shape>> = {
  srvr: (text) => lines(text).map(numbersOut),
  stat: (text) => lines(text).map(numbersOut),
  dirs: (text) => lines(text).map(numbersOut),
  cons: (text) => lines(text).map(connectionLine).sort(),
  conf: (text) => lines(text).map((line) => line.replace(/^(clientPort|data(Log)?(Dir|Size|DirSize))=.*/, '$1=#')),
  envi: (text) => lines(text).map((line) => line.replace(/^(os|jvm)\.memory\./, 'memory.').replace(/=.*/, '=#')),
  hash: () => [],
  mntr: (text) => MNTR_KEYS.filter((key) => new RegExp(`^${key}\t\\S`, 'm').test(text)),
  dump: dumpShape,
};

/**
 * What is different between a recorded answer to a four-letter word and ours: byte for byte where the text is fixed,
 * else line by line with the numbers taken out. Session ids are taken for those of this run.
 */
export function compareAnswers(
  word: string,
  [recorded, ours]: readonly [string, string],
  bindings: Bindings,
): string[] {
  let expected = recorded;
  for (const [theirs, mine] of bindings.sessionPairs) {
    expected = expected.replaceAll(`0x${BigInt(theirs).toString(16)}`, `0x${BigInt(mine).toString(16)}`);
  }
  const shape = SHAPES[word] ?? ((text: string): readonly string[] => lines(text));
  const [theirs, mine] = [shape(expected), shape(ours)];
  const differing = theirs.length === mine.length ? theirs.findIndex((line, i) => line !== mine[i]) : 0;
  if (differing === -1) return [];
  return [`the answer to ${word} should be like ${JSON.stringify(theirs)}, is like ${JSON.stringify(mine)}: ${ours}`];
}

/** Expiry buckets hold whatever other sessions there are; only the headings and the ephemerals are ours to compare. */
function dumpShape(text: string): readonly string[] {
  const ephemerals = /ephemeral nodes dump:\n[^]*?(?=Connections dump:|$)/.exec(text)?.[0] ?? '';
  const headings = lines(text).filter((line) =>
    /^(SessionTracker dump:|Session Sets|ephemeral nodes dump:)/.test(line),
  );
  return [...headings.map(numbersOut), ...lines(ephemerals).filter((line) => line !== '')];
}
