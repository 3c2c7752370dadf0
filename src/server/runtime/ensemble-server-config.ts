import type { EnsembleConfig } from '../config/ensemble-config.js';
import type { ServerConfig } from '../config/server-config.js';

/** The configuration of a server that is a member of an ensemble. */
export interface EnsembleServerConfig extends ServerConfig {
  readonly ensemble: EnsembleConfig;
}
