// A compiled pinfold, copied aside first: a build that replaces it while it is being measured changes nothing.
import { cpSync } from 'node:fs';
import { projectRoot } from '../../scripts/dist-state.mjs';
import { runDir } from '../processes.mjs';

/** @import { Product } from './server.mjs' */

/**
 * @typedef {Product & { dist: string }} PinfoldProduct `dist`: the copy
 *
 * @param {string} name
 * @param {string} dist
 * @returns {PinfoldProduct}
 */
export function pinfold(name, dist) {
  // Inside the project, so that its node_modules are found from the copy.
  const copy = `${runDir}/${name}/dist`;
  cpSync(dist, copy, { recursive: true });
  cpSync(`${projectRoot}/package.json`, `${runDir}/${name}/package.json`);
  return {
    name,
    what: `pinfold on Node.js ${process.version}, its defaults`,
    dist: copy,
    command: (configFile) => ({
      command: process.execPath,
      args: [`${copy}/cli/main.js`, 'server', '--log-level', 'warn', configFile],
    }),
  };
}
