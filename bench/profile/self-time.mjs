// Where the time of a CPU profile went, function by function, what each calls not included.
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

/** @import { Profiler } from 'node:inspector' */

/**
 * @typedef {object} Share
 * @property {string} name
 * @property {string} file relative to the sources; empty for what is not ours
 * @property {number} share of the time in which the thread did something, 0 to 1
 *
 * @param {Profiler.Profile} profile
 * @param {string} dist folder of the compiled files
 * @returns {{ busy: number, shares: Share[] }} `busy`: share of the whole time; the greatest share first
 */
export function selfTimes({ nodes, samples = [], timeDeltas = [] }, dist) {
  /** @type {Map<string, Share>} */
  const byFunction = new Map();
  const functionOf = new Map(nodes.map((node) => [node.id, describe(node.callFrame, dist)]));
  let totalUs = 0;
  let idleUs = 0;
  for (const [index, id] of samples.entries()) {
    const us = Math.max(0, timeDeltas[index] ?? 0);
    const { name, file } = functionOf.get(id) ?? { name: '(unknown)', file: '' };
    totalUs += us;
    if (name === '(idle)' || isProfiler(name, file)) idleUs += us;
    else {
      const seen = byFunction.get(`${file} ${name}`) ?? { name, file, share: 0 };
      seen.share += us;
      byFunction.set(`${file} ${name}`, seen);
    }
  }
  const busyUs = Math.max(1, totalUs - idleUs);
  const shares = [...byFunction.values()].map((entry) => ({ ...entry, share: entry.share / busyUs }));
  return { busy: busyUs / Math.max(1, totalUs), shares: shares.sort((a, b) => b.share - a.share) };
}

/**
 * The profiler's own start is in the profile, too.
 * @param {string} name
 * @param {string} file
 */
function isProfiler(name, file) {
  return (name === 'dispatch' && file === '') || file.endsWith('/profile/hook.mjs');
}

/**
 * @param {Profiler.Profile['nodes'][number]['callFrame']} frame
 * @param {string} dist
 */
function describe({ functionName, url, lineNumber, columnNumber }, dist) {
  const name = functionName === '' ? '(anonymous)' : functionName;
  const at = url.indexOf(dist);
  if (at < 0) return { name, file: url };
  const source = mapOf(url)?.findEntry(lineNumber, columnNumber);
  const bundled = source !== undefined && 'originalSource' in source ? /src\/.*$/.exec(source.originalSource) : null;
  return { name, file: bundled?.[0] ?? `src${url.slice(at + dist.length).replace(/\.js$/, '.ts')}` };
}

/** @type {Map<string, SourceMap | null>} */
const maps = new Map();

/** The command is bundled: which source a function is from, only the map of the bundle tells. @param {string} url */
function mapOf(url) {
  const known = maps.get(url);
  if (known !== undefined) return known;
  const file = `${fileURLToPath(url)}.map`;
  const map = existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : null;
  maps.set(url, map);
  return map;
}
