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
  const isSecure = port === 0 ? address === config.secureClientPortAddress : port === config.secureClientPort;
  const key = isSecure ? 'secureClientPort' : 'clientPort';
  switch (code) {
    case 'EADDRINUSE':
      return `${key}=${port}: ${address} port ${port} is in use by another process`;
    case 'EACCES':
      return `${key}=${port}: this user may not listen on port ${port} of ${address}`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${key}Address=${address}: this is not an address of this machine`;
    default:
      return `${key}=${port}: cannot listen on ${address}: ${error.message}`;
  }
}

function isListenError(error: unknown): error is ListenError {
  if (!(error instanceof Error) || !('syscall' in error)) return false;
  return error.syscall === 'listen' || error.syscall === 'getaddrinfo';
}
