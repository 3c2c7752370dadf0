import type { ServerConfig } from '../config/server-config.js';
import { startEnsembleServer } from './ensemble-server.js';
import type { RunningServer } from './running-server.js';
import type { ServerDeps } from './server-deps.js';
import { startStandaloneServer } from './standalone-server.js';

/**
 * Starts a server as its configuration says. One that is alone serves when this resolves; a member of an ensemble listens, and
 * serves once there is a leader. Rejects with a StorageError (directories) or with the system's error of a port; nothing is
 * left open then.
 */
export function startServer(config: ServerConfig, deps: ServerDeps): Promise<RunningServer> {
  const { ensemble } = config;
  return ensemble === null ? startStandaloneServer(config, deps) : startEnsembleServer({ ...config, ensemble }, deps);
}
