import { nodeRuntime } from '../runtime/index.js';
import type { Logger } from '../runtime/index.js';
import {
  inspectServerConfig,
  loadConfigInput,
  relativePathWarning,
  usableConfig,
} from '../server/config/parse-server-config.js';
import type { ServerConfig } from '../server/config/server-config.js';
import type { ServerAddress } from '../server/runtime/client-ports.js';
import type { RunningServer } from '../server/runtime/running-server.js';
import type { ServerDeps } from '../server/runtime/server-deps.js';
import { startServer } from '../server/runtime/start-server.js';
import { NodeDisk } from '../server/storage/node-disk.js';
import { SERVER_VERSION } from '../server/words/version.js';
import { ExitStatus } from './exit-status.js';
import { serverLogger } from './server-logger.js';
import { reporter } from './server-report.js';
import type { LoggerOptions } from './log-options.js';
import { startFailure } from './start-failure.js';

export interface ServerCommandOptions extends LoggerOptions {
  /** Settings that go before those of the file. */
  readonly set: readonly string[];
  readonly strict: boolean;
  /** Tell the process that started this one what the server is, and end with it. */
  readonly report: boolean;
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
    const logger = await serverLogger({ ...options, serverId: config.ensemble?.sid ?? null }, runtime.clock);
    const relative = relativePathWarning(input);
    for (const warning of [...(relative === null ? [] : [relative]), ...reading.warnings]) logger.warn(warning);
    return await serve(config, { runtime, disk: new NodeDisk(), logger }, options);
  } catch (error) {
    const failure = startFailure(error, config);
    if (failure === null) throw error;
    console.error(`pinfold: ${failure.line}`);
    return failure.status;
  }
}

async function serve(config: ServerConfig, deps: ServerDeps, { report }: ServerCommandOptions): Promise<ExitStatus> {
  const { logger } = deps;
  logger.info(`pinfold ${SERVER_VERSION}, Node.js ${process.version}, process ${process.pid}`);
  if (config.skipAcl) logger.warn('skipACL=yes: ACLs are not checked, every client may do everything');
  if (!config.forceSync) logger.warn('forceSync=no: a write that was answered may be lost when the machine fails');
  const stop = new StopRequest(logger);
  const roleChanged = report ? reporter(() => stop.ask('whoever started this server is gone')) : undefined;
  const server = await startServer(config, {
    ...(await withTls(config, deps)),
    ...(roleChanged === undefined ? {} : { roleChanged }),
  });
  announce(server, config, logger);
  if (config.ensemble === null) roleChanged?.(server.mode);
  const failure = await Promise.race([stop.asked, server.failed]);
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
  const quorumTls = config.ensemble === null ? null : config.ensemble.tls;
  if (config.tls === null && quorumTls === null) return deps;
  const { loadQuorumTlsMaterial, loadTlsMaterial } = await import('../server/config/tls-material.js');
  const nowMs = deps.runtime.clock.wallMs();
  const client = config.tls === null ? null : loadTlsMaterial(config.tls, nowMs);
  const quorum = quorumTls === null ? null : loadQuorumTlsMaterial(quorumTls, nowMs);
  for (const warning of [...(client?.warnings ?? []), ...(quorum?.warnings ?? [])]) deps.logger.warn(warning);
  return {
    ...deps,
    ...(client === null ? {} : { tls: client.options }),
    ...(quorum === null ? {} : { quorumTls: { server: quorum.server, client: quorum.client } }),
  };
}

function announce(server: RunningServer, config: ServerConfig, logger: Logger): void {
  const { clientAddress, secureClientAddress } = server;
  const kind = config.clientPortUnification ? 'plain and TLS' : 'plain';
  if (clientAddress !== null) logger.info(`binding to port ${shownAddress(clientAddress)} (${kind})`);
  if (secureClientAddress !== null) logger.info(`binding to port ${shownAddress(secureClientAddress)} (TLS)`);
  const where = `data in ${config.dataDir}, logs in ${config.dataLogDir}`;
  if (config.ensemble === null) logger.info(`serving: ${where}`);
  else logger.info(`member of an ensemble: server ${config.ensemble.sid} of ${memberCount(config)}, ${where}`);
}

function memberCount({ ensemble }: ServerConfig): number {
  return ensemble === null ? 1 : ensemble.membership.members.size;
}

function shownAddress({ address, port }: ServerAddress): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Asked by the first signal to stop, or by {@link ask}; a second signal ends the process at once, as signals do. */
class StopRequest {
  /** Resolves to null when this server is to stop. */
  readonly asked: Promise<null>;
  readonly #logger: Logger;
  #stop: () => void = () => undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
    this.asked = new Promise((resolve) => {
      this.#stop = () => resolve(null);
    });
    const onSignal = (signal: NodeJS.Signals): void => {
      for (const each of SIGNALS) process.off(each, onSignal);
      this.ask(signal);
    };
    for (const each of SIGNALS) process.on(each, onSignal);
  }

  ask(why: string): void {
    this.#logger.info(`${why}: stopping`);
    this.#stop();
  }
}
