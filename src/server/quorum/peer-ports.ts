import type { ListenOptions, TlsClientOptions, TlsServerOptions } from '../../runtime/index.js';
import type { QuorumConfig } from '../zab/quorum-config.js';
import type { LeaderDialOptions } from './leader-dial.js';

export interface PeerPortsOptions {
  readonly sid: number;
  readonly listenOnAllIps: boolean;
  readonly keepAlive: boolean;
  /** For who calls; null: anybody may. */
  readonly tlsServer: TlsServerOptions | null;
  /** For calling others; null: in plain text. */
  readonly tlsClient: TlsClientOptions | null;
}

/** Where members of an ensemble find each other, as a configuration has it. */
export class PeerPorts {
  private readonly options: PeerPortsOptions;

  constructor(options: PeerPortsOptions) {
    this.options = options;
  }

  /** For learners, while this server leads. Throws when it is no member. */
  listenFor(config: QuorumConfig): ListenOptions[] {
    return this.listen(addressesOf(config, this.options.sid).map(({ host, quorumPort: port }) => ({ host, port })));
  }

  /** For elections, at all times. Throws when this server is no member. */
  electionListen(config: QuorumConfig): ListenOptions[] {
    return this.listen(addressesOf(config, this.options.sid).map(({ host, electionPort: port }) => ({ host, port })));
  }

  dialFor(config: QuorumConfig, leader: number): Pick<LeaderDialOptions, 'addresses' | 'tls'> {
    const addresses = addressesOf(config, leader).map(({ host, quorumPort }) => ({ host, port: quorumPort }));
    return { addresses, tls: this.options.tlsClient };
  }

  private listen(own: readonly { readonly host: string; readonly port: number }[]): ListenOptions[] {
    const { listenOnAllIps, keepAlive, tlsServer } = this.options;
    // A port that several addresses share is one when it is on all of them.
    const where = listenOnAllIps ? [...new Set(own.map(({ port }) => port))].map((port) => ({ port })) : own;
    const how = { ...(keepAlive ? { keepAlive } : {}), ...(tlsServer === null ? {} : { tls: tlsServer }) };
    return where.map((each) => ({ ...each, ...how }));
  }
}

function addressesOf(config: QuorumConfig, sid: number) {
  const member = config.members.get(sid);
  if (member === undefined) throw new Error(`server ${sid} is no member of the ensemble`);
  return member.addresses;
}
