// Makes the nodes that a load works on.
import { serverOf } from './arguments.mjs';
import { Op } from './requests.mjs';
import { Session } from './session.mjs';
import { dirName, keyPath, valueOf } from './values.mjs';

/** @import { LoadOptions } from './arguments.mjs' */
/** @import { Tally } from './tally.mjs' */

const NODE_EXISTS = -110;
const WINDOW = 1024;
const TICK_MS = 100;
const nothing = Buffer.alloc(0);

/**
 * @typedef {object} Furniture
 * @property {number} seconds that the keys took
 *
 * @param {LoadOptions} options
 * @param {Tally} tally
 * @param {{ folders: readonly string[], keys: number }} what `folders`: below the prefix, empty nodes
 * @returns {Promise<Furniture>}
 */
export async function furnish(options, tally, { folders, keys }) {
  let answered = () => {};
  let existed = 0;
  const session = new Session(serverOf(options, 0), tally, {
    onReply: (_, __, { error }) => {
      if (error === NODE_EXISTS) existed += 1;
      else if (error !== 0) tally.error(error);
      answered();
    },
    onEnd: () => answered(),
  });
  await session.open();
  const endMs = performance.now() + options.setupTimeoutSeconds * 1e3;
  const ticking = setInterval(() => {
    session.tick(performance.now());
    if (performance.now() < endMs) return;
    tally.problem('timeouts', `the nodes were not made within ${options.setupTimeoutSeconds} s`);
    session.destroy();
  }, TICK_MS);
  /**
   * @param {number} count
   * @param {(index: number) => void} send
   */
  const windowed = async (count, send) => {
    for (let index = 0; index < count && session.isOpen; index += 1) {
      send(index);
      if (session.outstanding >= WINDOW || index === count - 1) {
        const floor = index === count - 1 ? 0 : WINDOW / 2;
        await new Promise((resolve) => {
          const look = () => (session.outstanding <= floor || !session.isOpen) && resolve(undefined);
          answered = look;
        });
      }
    }
  };
  const create = (/** @type {string} */ path, data = nothing) =>
    session.requests.create(session.expect(Op.create, 0, performance.now()), { path, data, flags: 0 });

  const parts = options.prefix.split('/').slice(1);
  const dirs = options.dirs > 1 && keys > 0 ? Array.from({ length: options.dirs }, (_, dir) => dirName(dir)) : [];
  const places = [
    ...parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`),
    ...[...folders, ...dirs].map((folder) => `${options.prefix}${folder}`),
  ];
  await windowed(places.length, (index) => create(places[index] ?? ''));

  const startedMs = performance.now();
  existed = 0;
  await windowed(keys, (key) => create(keyPath(options, key), valueOf(key, options.size)));
  // Left by an earlier load: give them the values that this one expects.
  await windowed(existed > 0 ? keys : 0, (key) => {
    const xid = session.expect(Op.setData, key, performance.now());
    session.requests.setData(xid, keyPath(options, key), valueOf(key, options.size));
  });
  const seconds = (performance.now() - startedMs) / 1e3;
  clearInterval(ticking);
  await session.close();
  return { seconds };
}
