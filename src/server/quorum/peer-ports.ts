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
    return addressesOf(config, this.options.sid).map(({ host, quorumPort }) => this.listen(host, quorumPort));
  }

  /** For elections, at all times. Throws when this server is no member. */
  electionListen(config: QuorumConfig): ListenOptions[] {
    return addressesOf(config, this.options.sid).map(({ host, electionPort }) => this.listen(host, electionPort));
  }

  dialFor(config: QuorumConfig, leader: number): Omit<LeaderDialOptions, 'timeoutMs'> {
    const addresses = addressesOf(config, leader).map(({ host, quorumPort }) => ({ host, port: quorumPort }));
    return { addresses, tls: this.options.tlsClient };
  }

  private listen(host: string, port: number): ListenOptions {
    const { listenOnAllIps, keepAlive, tlsServer } = this.options;
    return {
      port,
      ...(listenOnAllIps ? {} : { host }),
      ...(keepAlive ? { keepAlive } : {}),
      ...(tlsServer === null ? {} : { tls: tlsServer }),
    };
  }
}

function addressesOf(config: QuorumConfig, sid: number) {
  const member = config.members.get(sid);
  if (member === undefined) throw new Error(`server ${sid} is no member of the ensemble`);
  return member.addresses;
}
