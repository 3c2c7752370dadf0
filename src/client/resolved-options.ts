import { JUTE_MAXBUFFER_DEFAULT_BYTES } from '../protocol/limits.js';
import type { TlsClientOptions } from '../runtime/network.js';
import { nodeRuntime } from '../runtime/node-runtime.js';
import type { Runtime } from '../runtime/runtime.js';
import type { Backoff } from './backoff.js';
import type { ClientOptions, Credential } from './client-options.js';
import type { ConnectString, ServerAddress } from './connect-string.js';
import type { AuthPacketSpec } from './credentials.js';
import { BadArgumentsError } from './errors.js';
import type { Logger } from '../runtime/logger.js';
import { shielded, SILENT_LOGGER } from '../runtime/logger.js';

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly servers: readonly ServerAddress[];
  readonly sessionTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly operationTimeoutMs: number | undefined;
  readonly closeTimeoutMs: number;
  readonly readOnly: boolean;
  readonly auth: readonly AuthPacketSpec[];
  readonly tls: TlsClientOptions | null;
  readonly backoff: Backoff;
  readonly limits: {
    readonly inFlightMax: number;
    readonly queuedMax: number;
    readonly queuedBytesMax: number;
    readonly frameBytesMax: number;
    readonly watchEventsMax: number;
  };
  readonly whenServersBehind: 'wait' | 'forget';
  readonly logger: Logger;
  readonly runtime: Runtime;
}

const SESSION_TIMEOUT_DEFAULT_MS = 30_000;
const CLOSE_TIMEOUT_DEFAULT_MS = 2_000;
/** A server that accepts and never answers must not cost the session: there is time for this many attempts in it ... */
const ATTEMPTS_A_SESSION = 3;
/** ... unless they get so short that a busy server's answer comes too late. */
const ATTEMPT_MIN_MS = 2_000;
const BACKOFF_DEFAULT: Backoff = { baseMs: 50, maxMs: 2_000 };
/** Servers stop reading when this many requests of all clients wait in them (client-protocol 1.1). */
const IN_FLIGHT_MAX_DEFAULT = 1_000;
const QUEUED_MAX_DEFAULT = 100_000;
const QUEUED_BYTES_MAX_DEFAULT = 64 * 1024 * 1024;
const WATCH_EVENTS_MAX_DEFAULT = 1_000;
const INT32_MAX = 2 ** 31 - 1;

function attemptMs(sessionTimeoutMs: number, servers: number): number {
  const shared = Math.ceil(sessionTimeoutMs / servers);
  const thrice = Math.ceil(sessionTimeoutMs / ATTEMPTS_A_SESSION);
  return Math.min(shared, Math.max(thrice, ATTEMPT_MIN_MS));
}

export function resolveOptions({ servers }: ConnectString, options: ClientOptions): ResolvedOptions {
  const { limits = {}, backoff = {} } = options;
  const sessionTimeoutMs = atLeast(1, 'sessionTimeoutMs', options.sessionTimeoutMs, SESSION_TIMEOUT_DEFAULT_MS);
  const connectTimeoutMs = attemptMs(sessionTimeoutMs, servers.length);
  const { operationTimeoutMs } = options;
  return {
    servers,
    sessionTimeoutMs,
    connectTimeoutMs: atLeast(1, 'connectTimeoutMs', options.connectTimeoutMs, connectTimeoutMs),
    operationTimeoutMs:
      operationTimeoutMs === undefined ? undefined : atLeast(1, 'operationTimeoutMs', operationTimeoutMs, 1),
    closeTimeoutMs: atLeast(0, 'closeTimeoutMs', options.closeTimeoutMs, CLOSE_TIMEOUT_DEFAULT_MS),
    readOnly: options.readOnly ?? false,
    auth: (options.auth ?? []).map(authPacketOf),
    tls: options.tls === undefined || options.tls === false ? null : options.tls === true ? {} : options.tls,
    backoff: {
      baseMs: atLeast(1, 'backoff.baseMs', backoff.baseMs, BACKOFF_DEFAULT.baseMs),
      maxMs: atLeast(1, 'backoff.maxMs', backoff.maxMs, BACKOFF_DEFAULT.maxMs),
    },
    limits: {
      inFlightMax: atLeast(1, 'limits.inFlightMax', limits.inFlightMax, IN_FLIGHT_MAX_DEFAULT),
      queuedMax: atLeast(0, 'limits.queuedMax', limits.queuedMax, QUEUED_MAX_DEFAULT),
      queuedBytesMax: atLeast(0, 'limits.queuedBytesMax', limits.queuedBytesMax, QUEUED_BYTES_MAX_DEFAULT),
      frameBytesMax: atLeast(1024, 'limits.frameBytesMax', limits.frameBytesMax, JUTE_MAXBUFFER_DEFAULT_BYTES),
      watchEventsMax: atLeast(1, 'limits.watchEventsMax', limits.watchEventsMax, WATCH_EVENTS_MAX_DEFAULT),
    },
    whenServersBehind: oneOf(['wait', 'forget'], 'whenServersBehind', options.whenServersBehind),
    logger: options.logger === undefined ? SILENT_LOGGER : shielded(options.logger),
    runtime: options.runtime ?? nodeRuntime(),
  };
}

export function authPacketOf({ scheme, auth }: Credential): AuthPacketSpec {
  if (typeof scheme !== 'string' || scheme === '') {
    throw new BadArgumentsError({ message: `auth scheme ${JSON.stringify(scheme)} is not a name` });
  }
  if (typeof auth === 'string' || (auth as unknown) instanceof Uint8Array) return { scheme, auth: Buffer.from(auth) };
  throw new BadArgumentsError({ message: `auth of scheme ${scheme} is neither text nor bytes` });
}

function oneOf<Choice extends string>(choices: readonly [Choice, ...Choice[]], name: string, value?: Choice): Choice {
  if (value === undefined) return choices[0];
  if (choices.includes(value)) return value;
  throw new BadArgumentsError({ message: `${name} is ${value}; it must be one of ${choices.join(', ')}` });
}

function atLeast(min: number, name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= min && value <= INT32_MAX) return value;
  throw new BadArgumentsError({ message: `${name} is ${value}; it must be an integer from ${min} to ${INT32_MAX}` });
}
