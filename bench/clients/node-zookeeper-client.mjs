// The npm package node-zookeeper-client: a client in JavaScript.
import { createRequire } from 'node:module';

/** @import { Connection } from './connection.mjs' */

/**
 * @param {string} module path of a package.json beside its node_modules
 * @param {string} connectString
 * @returns {Promise<Connection>}
 */
export async function connect(module, connectString) {
  const zookeeper = createRequire(module)('node-zookeeper-client');
  const client = zookeeper.createClient(connectString);
  await new Promise((resolve) => {
    client.once('connected', resolve);
    client.connect();
  });
  return {
    createIfMissing: (path, data) =>
      new Promise((resolve, reject) => {
        client.create(path, data, (/** @type {{ getCode(): number } | null} */ error) => {
          if (error && error.getCode() !== zookeeper.Exception.NODE_EXISTS) reject(error);
          else resolve();
        });
      }),
    get: (path, done) =>
      client.getData(path, (/** @type {unknown} */ error, /** @type {Buffer} */ data) => done(error ?? null, data)),
    set: (path, data, done) => client.setData(path, data, (/** @type {unknown} */ error) => done(error ?? null)),
  };
}
