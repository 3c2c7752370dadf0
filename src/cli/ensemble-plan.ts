import { join } from 'node:path';

/** One server of an ensemble on this machine. */
export interface PlannedServer {
  readonly sid: number;
  readonly role: 'participant' | 'observer';
  readonly clientPort: number;
  readonly quorumPort: number;
  readonly electionPort: number;
  /** Has its configuration, its data and its log. */
  readonly directory: string;
}

/** Servers get in from this machine only. */
export const LOCAL_HOST = '127.0.0.1';
/** For each server: one for clients, one for followers, one for elections. */
export const PORTS_PER_SERVER = 3;
/** From the first port for clients to the first of the next kind. */
const PORT_STEP = 1000;

export interface EnsembleSize {
  readonly voters: number;
  readonly observers: number;
}

/** Ports from `basePort` for clients, 1000 above for followers, 2000 above for elections; server numbers begin with 1. */
export function portsFrom(basePort: number, { voters, observers }: EnsembleSize): number[] {
  const servers = Array.from({ length: voters + observers }, (_, index) => basePort + index);
  return servers.flatMap((port) => [port, port + PORT_STEP, port + 2 * PORT_STEP]);
}

/** @param ports {@link PORTS_PER_SERVER} for each server */
export function planServers(size: EnsembleSize, ports: readonly number[], directory: string): PlannedServer[] {
  return Array.from({ length: size.voters + size.observers }, (_, index) => {
    const [clientPort = 0, quorumPort = 0, electionPort = 0] = ports.slice(index * PORTS_PER_SERVER);
    const sid = index + 1;
    return {
      sid,
      role: index < size.voters ? 'participant' : 'observer',
      clientPort,
      quorumPort,
      electionPort,
      directory: join(directory, `server-${sid}`),
    };
  });
}

/** The configuration file of one of them. */
export function configText(server: PlannedServer, servers: readonly PlannedServer[], set: readonly string[]): string {
  const members = servers.map(({ sid, role, clientPort, quorumPort, electionPort }) => {
    const place = `${LOCAL_HOST}:${quorumPort}:${electionPort}:${role}`;
    return `server.${sid}=${place};${LOCAL_HOST}:${clientPort}`;
  });
  return [
    '# Written by `pinfold ensemble`.',
    'tickTime=1000',
    'initLimit=10',
    'syncLimit=5',
    `dataDir=${escaped(join(server.directory, 'data'))}`,
    'maxClientCnxns=0',
    'preAllocSize=1024',
    'autopurge.purgeInterval=1',
    '4lw.commands.whitelist=*',
    'standaloneEnabled=false',
    ...set,
    ...members,
    '',
  ].join('\n');
}

/** A backslash begins an escape in a properties file. */
function escaped(path: string): string {
  return path.replaceAll('\\', '\\\\');
}
