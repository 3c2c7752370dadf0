import { ConfigError } from '../server/config/config-error.js';
import type { ServerConfig } from '../server/config/server-config.js';
import { StorageError } from '../server/storage/storage-error.js';
import { ExitStatus } from './exit-status.js';

/** Why a command ends badly, as one line for standard error. */
export interface Failure {
  readonly status: ExitStatus;
  readonly line: string;
}

/** What to tell about an error that kept a server from starting; null when it is none that is known. */
export function startFailure(error: unknown, config: ServerConfig | null): Failure | null {
  if (error instanceof ConfigError) return { status: ExitStatus.usage, line: error.message };
  if (error instanceof StorageError) return { status: storageStatus(error), line: error.message };
  const line = config === null ? null : portTrouble(error, config);
  return line === null ? null : { status: ExitStatus.failed, line };
}

function storageStatus({ code }: StorageError): ExitStatus {
  switch (code) {
    case 'DATA_DIR':
    case 'LOCKED':
      return ExitStatus.dataDir;
    case 'LOG_FAILED':
    case 'DISK_FAILED':
      return ExitStatus.disk;
    default:
      return ExitStatus.failed;
  }
}

interface ListenError {
  readonly code: string;
  readonly message: string;
  /** Absent when any port would have done. */
  readonly port?: number;
  readonly address?: string;
  /** A name that could not be resolved. */
  readonly hostname?: string;
}

function portTrouble(error: unknown, config: ServerConfig): string | null {
  if (!isListenError(error)) return null;
  const { code, port = 0 } = error;
  const address = error.hostname ?? error.address ?? '0.0.0.0';
  const { setting, addressKey } = whatAsksFor(port, address, config);
  switch (code) {
    case 'EADDRINUSE':
      return `${setting}: ${address} port ${port} is in use by another process`;
    case 'EACCES':
      return `${setting}: this user may not listen on port ${port} of ${address}`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${addressKey}=${address}: this is not an address of this machine`;
    default:
      return `${setting}: cannot listen on ${address}: ${error.message}`;
  }
}

/** The key that has this port, and the one that has its address. */
function whatAsksFor(port: number, address: string, config: ServerConfig): { setting: string; addressKey: string } {
  const peer = peerPort(port, address, config);
  if (peer !== null) return peer;
  const isSecure = port === 0 ? address === config.secureClientPortAddress : port === config.secureClientPort;
  const key = isSecure ? 'secureClientPort' : 'clientPort';
  return { setting: `${key}=${port}`, addressKey: `${key}Address` };
}

/** A name that cannot be resolved comes without a port. */
function peerPort(
  port: number,
  address: string,
  { ensemble }: ServerConfig,
): { setting: string; addressKey: string } | null {
  if (ensemble === null) return null;
  const { sid, membership } = ensemble;
  const own = membership.members.get(sid);
  const key = `server.${sid}`;
  for (const { host, quorumPort, electionPort } of own?.addresses ?? []) {
    if (port === quorumPort || port === electionPort || (port === 0 && host === address)) {
      return { setting: `${key}=${host}:${quorumPort}:${electionPort}`, addressKey: key };
    }
  }
  return null;
}

function isListenError(error: unknown): error is ListenError {
  if (!(error instanceof Error) || !('syscall' in error)) return false;
  return error.syscall === 'listen' || error.syscall === 'getaddrinfo';
}
