// The npm package zookeeper: ZooKeeper's C client, bound to Node.js.
import { createRequire } from 'node:module';

/** @import { Connection } from './connection.mjs' */

const OK = 0;
const NODE_EXISTS = -110;
const ANY_VERSION = -1;

/**
 * @param {string} module path of a package.json beside its node_modules
 * @param {string} connectString
 * @returns {Promise<Connection>}
 */
export async function connect(module, connectString) {
  const ZooKeeper = createRequire(module)('zookeeper');
  const options = {
    connect: connectString,
    timeout: 30_000,
    debug_level: ZooKeeper.constants.ZOO_LOG_LEVEL_ERROR,
    host_order_deterministic: false,
    data_as_buffer: true,
  };
  const client = new ZooKeeper(options);
  await new Promise((resolve) => {
    client.once('connect', resolve);
    client.init(options);
  });
  const problem = (/** @type {number} */ rc, /** @type {unknown} */ error) => (rc === OK ? null : (error ?? rc));
  return {
    createIfMissing: (path, data) =>
      new Promise((resolve, reject) => {
        const created = (/** @type {number} */ rc, /** @type {string} */ error) =>
          rc === OK || rc === NODE_EXISTS ? resolve() : reject(new Error(error));
        client.a_create(path, data, ZooKeeper.constants.ZOO_PERSISTENT, created);
      }),
    get: (path, done) =>
      client.a_get(
        path,
        false,
        (
          /** @type {number} */ rc,
          /** @type {string} */ error,
          /** @type {unknown} */ _stat,
          /** @type {Buffer} */ data,
        ) => done(problem(rc, error), data),
      ),
    set: (path, data, done) =>
      client.a_set(path, data, ANY_VERSION, (/** @type {number} */ rc, /** @type {string} */ error) =>
        done(problem(rc, error)),
      ),
  };
}
