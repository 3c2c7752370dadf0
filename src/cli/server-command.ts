import { nodeRuntime } from '../runtime/index.js';
import type { Logger } from '../runtime/index.js';
import {
  inspectServerConfig,
  loadConfigInput,
  relativePathWarning,
  usableConfig,
} from '../server/config/parse-server-config.js';
import type { ServerConfig } from '../server/config/server-config.js';
import { startStandaloneServer } from '../server/runtime/standalone-server.js';
import type { ServerAddress } from '../server/runtime/client-ports.js';
import type { ServerDeps } from '../server/runtime/server-deps.js';
import type { StandaloneServer } from '../server/runtime/standalone-server.js';
import { NodeDisk } from '../server/storage/node-disk.js';
import { SERVER_VERSION } from '../server/words/version.js';
import { ExitStatus } from './exit-status.js';
import { serverLogger } from './server-logger.js';
import type { LoggerOptions } from './log-options.js';
import { startFailure } from './start-failure.js';

export interface ServerCommandOptions extends LoggerOptions {
  /** Settings that go before those of the file. */
  readonly set: readonly string[];
  readonly strict: boolean;
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** `pinfold server`: runs one server until it is told to stop; the status to exit with. */
export async function runServer(args: readonly string[], options: ServerCommandOptions): Promise<ExitStatus> {
  let config: ServerConfig | null = null;
  try {
    const input = loadConfigInput(args);
    const reading = inspectServerConfig(input, {
      baseDir: process.cwd(),
      overrides: options.set,
      strict: options.strict,
    });
    config = usableConfig(reading);
    const runtime = nodeRuntime();
    const logger = await serverLogger(options, runtime.clock);
    const relative = relativePathWarning(input);
    for (const warning of [...(relative === null ? [] : [relative]), ...reading.warnings]) logger.warn(warning);
    return await serve(config, { runtime, disk: new NodeDisk(), logger });
  } catch (error) {
    const failure = startFailure(error, config);
    if (failure === null) throw error;
    console.error(`pinfold: ${failure.line}`);
    return failure.status;
  }
}

async function serve(config: ServerConfig, deps: ServerDeps): Promise<ExitStatus> {
  const { logger } = deps;
  logger.info(`pinfold ${SERVER_VERSION}, Node.js ${process.version}, process ${process.pid}`);
  if (config.skipAcl) logger.warn('skipACL=yes: ACLs are not checked, every client may do everything');
  if (!config.forceSync) logger.warn('forceSync=no: a write that was answered may be lost when the machine fails');
  const stopped = stopSignal(logger);
  const server = await startStandaloneServer(config, await withTls(config, deps));
  announce(server, config, logger);
  const failure = await Promise.race([stopped, server.failed]);
  if (failure !== null) {
    console.error(`pinfold: ${failure.message}`);
    return ExitStatus.disk;
  }
  await server.stop();
  logger.info('stopped: what was logged is on disk, sessions go on at the next start');
  return ExitStatus.ok;
}

/** Most servers have no TLS: what reads certificates is loaded by those that do. */
async function withTls(config: ServerConfig, deps: ServerDeps): Promise<ServerDeps> {
  if (config.tls === null) return deps;
  const { loadTlsMaterial } = await import('../server/config/tls-material.js');
  const { options, warnings } = loadTlsMaterial(config.tls, deps.runtime.clock.wallMs());
  for (const warning of warnings) deps.logger.warn(warning);
  return { ...deps, tls: options };
}

function announce(server: StandaloneServer, config: ServerConfig, logger: Logger): void {
  const { clientAddress, secureClientAddress } = server;
  const kind = config.clientPortUnification ? 'plain and TLS' : 'plain';
  if (clientAddress !== null) logger.info(`binding to port ${shownAddress(clientAddress)} (${kind})`);
  if (secureClientAddress !== null) logger.info(`binding to port ${shownAddress(secureClientAddress)} (TLS)`);
  logger.info(`serving: data in ${config.dataDir}, logs in ${config.dataLogDir}`);
}

function shownAddress({ address, port }: ServerAddress): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Resolves to null at the first signal to stop; a second one ends the process at once, as signals do. */
function stopSignal(logger: Logger): Promise<null> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      for (const each of SIGNALS) process.off(each, onSignal);
      logger.info(`${signal}: stopping`);
      resolve(null);
    };
    for (const each of SIGNALS) process.on(each, onSignal);
  });
}
