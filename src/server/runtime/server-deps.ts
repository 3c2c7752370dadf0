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
  /** TLS material for both ends of the connections between members of an ensemble, where `sslQuorum` or `portUnification` asks for it. */
  readonly quorumTls?: { readonly server: TlsServerOptions; readonly client: TlsClientOptions };
  /** Told what the server is when it begins to serve in a role, and null when it no longer does. */
  roleChanged?(mode: ServerMode | null): void;
}
