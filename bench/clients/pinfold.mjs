// pinfold's client, as anybody would call it.

/** @import { Connection } from './connection.mjs' */

/**
 * @param {string} module path of a compiled client
 * @param {string} connectString
 * @returns {Promise<Connection>}
 */
export async function connect(module, connectString) {
  /** @type {typeof import('../../src/client/index.js')} */
  const { Client, NodeExistsError } = await import(module);
  const client = await Client.connect(connectString);
  return {
    createIfMissing: async (path, data) => {
      try {
        await client.create(path, data);
      } catch (error) {
        if (!(error instanceof NodeExistsError)) throw error;
      }
    },
    get: (path, done) => {
      client.getData(path).then(
        ({ data }) => done(null, data),
        (error) => done(error, null),
      );
    },
    set: (path, data, done) => {
      client.setData(path, data).then(() => done(null), done);
    },
  };
}
