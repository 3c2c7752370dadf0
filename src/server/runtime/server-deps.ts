import type { Logger, Runtime, TlsClientOptions, TlsServerOptions } from '../../runtime/index.js';
import type { Disk } from '../storage/disk.js';
import type { ServerMode } from '../words/server-info.js';

/** What a server is given from outside. */
export interface ServerDeps {
  readonly runtime: Runtime;
  readonly disk: Disk;
  readonly logger: Logger;
  /** TLS material for `secureClientPort`, and for a `clientPort` that serves both kinds. */
  readonly tls?: TlsServerOptions;
  /** TLS material for connections between servers, where the configuration has them speak it. */
  readonly quorumTls?: { readonly server: TlsServerOptions; readonly client: TlsClientOptions };
  /** Told what the server is when it begins to serve in a role, and null when it no longer does. */
  roleChanged?(mode: ServerMode | null): void;
}
