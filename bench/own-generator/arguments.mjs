// The generator's command line: those of zkload's options that the benchmark uses, with its meanings and defaults.
import { parseArgs } from 'node:util';

export const MODES = /** @type {const} */ (['run', 'populate', 'fanout', 'session', 'lock', 'idle']);
const OPS = ['get', 'set', 'createseq-delete', 'mixed', 'multi'];

/**
 * @typedef {object} Address
 * @property {string} host
 * @property {number} port
 *
 * @typedef {object} LoadOptions
 * @property {readonly Address[]} servers that the connections are shared out among
 * @property {typeof MODES[number]} mode
 * @property {string} op without its number
 * @property {number} opNumber percent of sets of a mix, operations of a multi
 * @property {number} connections
 * @property {number} pipeline requests outstanding on each connection
 * @property {number} rate requests a second in all; 0: as many as are answered
 * @property {number} size of a value, in bytes
 * @property {number} keys
 * @property {number} dirs parents that the keys are spread over
 * @property {string} prefix
 * @property {number} seconds
 * @property {number} warmup seconds
 * @property {number} setupTimeoutSeconds that making the nodes may take
 * @property {boolean} furnished the nodes are there already
 * @property {readonly number[]} pids of the server, for its CPU time and memory
 */

/**
 * @param {readonly string[]} args
 * @returns {LoadOptions}
 */
export function parseLoad(args) {
  /** @type {Record<string, { type: 'string' | 'boolean' }>} */
  const options = { json: { type: 'boolean' }, 'no-setup': { type: 'boolean' } };
  const texts = ['servers', 'mode', 'op', 'prefix', 'pids'];
  const numbers = ['connections', 'pipeline', 'rate', 'size', 'keys', 'dirs', 'seconds', 'warmup', 'setup-timeout'];
  for (const name of [...texts, ...numbers]) options[name] = { type: 'string' };
  const { values } = parseArgs({ args: [...args], options });
  const text = (/** @type {string} */ name, fallback = '') => {
    const value = values[name];
    return typeof value === 'string' ? value : fallback;
  };
  const number = (/** @type {string} */ name, /** @type {number} */ fallback) => {
    const value = text(name);
    if (value !== '' && !(Number(value) >= 0)) throw new Error(`--${name}: "${value}" is not a number`);
    return value === '' ? fallback : Number(value);
  };
  const [op = '', opNumber = '4'] = text('op', 'get').split(':');
  if (!OPS.includes(op)) throw new Error(`--op: there is no "${op}", only ${OPS.join(', ')}`);
  const mode = MODES.find((name) => name === text('mode', 'run'));
  if (mode === undefined) throw new Error(`--mode: there is no "${text('mode')}", only ${MODES.join(', ')}`);
  return {
    servers: text('servers').split(',').map(addressOf),
    mode,
    op,
    opNumber: Number(opNumber),
    connections: number('connections', 1),
    pipeline: number('pipeline', 1),
    rate: number('rate', 0),
    size: number('size', 100),
    keys: number('keys', 1000),
    dirs: number('dirs', 1),
    prefix: text('prefix', '/zkload'),
    seconds: number('seconds', 10),
    warmup: number('warmup', 2),
    setupTimeoutSeconds: number('setup-timeout', 300),
    furnished: values['no-setup'] === true,
    pids: text('pids').split(',').filter(Boolean).map(Number),
  };
}

/**
 * Whose turn it is to have the next connection.
 * @param {LoadOptions} options
 * @param {number} index of the connection
 * @returns {Address}
 */
export function serverOf({ servers }, index) {
  const server = servers[index % servers.length];
  if (server === undefined) throw new RangeError('no server');
  return server;
}

/**
 * @param {string} text
 * @returns {Address}
 */
function addressOf(text) {
  const [host = '', port = ''] = text.split(':');
  if (host !== '127.0.0.1' || !(Number(port) > 0))
    throw new Error('--servers must be 127.0.0.1:PORT[,127.0.0.1:PORT...]');
  return { host, port: Number(port) };
}
