import type { ServerInfo } from './server-info.js';

/** A standalone server has no id of its own. */
const SERVER_ID = 0;

/** `conf`. */
export async function confText(server: ServerInfo): Promise<string> {
  const { config } = server;
  const { dataDirBytes, dataLogDirBytes } = await server.directorySizes();
  return [
    `clientPort=${server.clientPort ?? -1}`,
    `secureClientPort=${server.secureClientPort ?? -1}`,
    `dataDir=${config.dataDir}/version-2`,
    `dataDirSize=${dataDirBytes}`,
    `dataLogDir=${config.dataLogDir}/version-2`,
    `dataLogSize=${dataLogDirBytes}`,
    `tickTime=${config.tickTimeMs}`,
    `maxClientCnxns=${config.maxClientCnxns}`,
    `minSessionTimeout=${config.minSessionTimeoutMs}`,
    `maxSessionTimeout=${config.maxSessionTimeoutMs}`,
    `clientPortListenBacklog=${config.clientPortListenBacklog}`,
    `serverId=${SERVER_ID}`,
    '',
  ].join('\n');
}

/** `dirs`. */
export async function dirsText(server: ServerInfo): Promise<string> {
  const { dataDirBytes, dataLogDirBytes } = await server.directorySizes();
  return `datadir_size: ${dataDirBytes}\nlogdir_size: ${dataLogDirBytes}\n`;
}

/** `envi`. */
export function enviText(server: ServerInfo): string {
  return `Environment:\n${server
    .environment()
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')}`;
}
