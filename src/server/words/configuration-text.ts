import type { ServerInfo } from './server-info.js';

/** A standalone server has no id of its own. */
const NO_SERVER_ID = 0;
/** The only one there is. */
const ELECTION_ALGORITHM = 3;

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
    `serverId=${config.ensemble?.sid ?? NO_SERVER_ID}`,
    ...ensembleLines(server),
    ...membershipLines(server),
  ].join('\n');
}

function ensembleLines({ config: { ensemble } }: ServerInfo): string[] {
  if (ensemble === null) return [];
  const own = ensemble.membership.members.get(ensemble.sid);
  const [address] = own?.addresses ?? [];
  return [
    `initLimit=${ensemble.initLimit}`,
    `syncLimit=${ensemble.syncLimit}`,
    `electionAlg=${ELECTION_ALGORITHM}`,
    `electionPort=${address?.electionPort ?? -1}`,
    `quorumPort=${address?.quorumPort ?? -1}`,
    `peerType=${own?.role === 'observer' ? 1 : 0}`,
  ];
}

/** The text of the membership ends the answer, and has no newline behind it; one server alone ends its last line. */
function membershipLines({ mode, ensemble }: ServerInfo): string[] {
  return ensemble === null || mode === 'read-only' ? [''] : ['membership: ', ensemble.membership.format()];
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
