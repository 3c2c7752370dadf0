import type { Logger } from '../../runtime/index.js';
import type { ElectionModule } from '../quorum/election-module.js';
import type { PeerPorts } from '../quorum/peer-ports.js';
import type { QuorumConfig } from '../zab/quorum-config.js';
import type { ListenAddress } from '../zab/server-line.js';
import type { ClientPorts, ServerAddress } from './client-ports.js';
import type { EnsembleServerConfig } from './ensemble-server-config.js';

export interface ServerMovesParts {
  readonly ports: ClientPorts;
  readonly election: ElectionModule;
  readonly peerPorts: PeerPorts;
  readonly logger: Logger;
}

const ANY_ADDRESS = new Set(['', '0.0.0.0', '::']);

/** Listens where this server's line says, when its line changes; who is no member stays where it was. */
export class ServerMoves {
  private readonly sid: number;
  private readonly parts: ServerMovesParts;
  private plain: ListenAddress | null;
  private secure: ListenAddress | null;
  private seen: QuorumConfig;
  private moving: Promise<void> = Promise.resolve();

  constructor(config: EnsembleServerConfig, parts: ServerMovesParts) {
    const { clientPort, clientPortAddress, secureClientPort, secureClientPortAddress, ensemble } = config;
    this.sid = ensemble.sid;
    this.seen = ensemble.membership;
    this.parts = parts;
    this.plain = clientPort === null ? null : { host: clientPortAddress, port: clientPort };
    this.secure = secureClientPort === null ? null : { host: secureClientPortAddress, port: secureClientPort };
  }

  /** These members are in force. What cannot be opened is logged, and missing. */
  follow(config: QuorumConfig): void {
    const before = this.seen.members.get(this.sid);
    const member = config.members.get(this.sid);
    this.seen = config;
    if (member === undefined || member === before) return;
    const { election, peerPorts, ports } = this.parts;
    this.move('election port', () => election.listenAt(peerPorts.electionListen(config)));
    const { client, secureClient } = member;
    if (client !== null && !isSame(client, this.plain, ports.plain)) {
      this.plain = client;
      this.move('client port', () => ports.movePlain(client));
    }
    if (secureClient !== null && !isSame(secureClient, this.secure, ports.secure)) {
      this.secure = secureClient;
      this.move('secure client port', () => ports.moveSecure(secureClient));
    }
  }

  private move(what: string, how: () => Promise<void>): void {
    this.moving = this.moving.then(how).catch((error: unknown) => {
      this.parts.logger.error(`The ${what} cannot be opened where the members have it now`, { error });
    });
  }
}

/** `asked` may have been any free port: `bound` is the one that it was. */
function isSame(wanted: ListenAddress, asked: ListenAddress | null, bound: ServerAddress | null): boolean {
  return (
    asked !== null && hostOf(wanted) === hostOf(asked) && (wanted.port === asked.port || wanted.port === bound?.port)
  );
}

function hostOf({ host }: ListenAddress): string {
  return host === null || ANY_ADDRESS.has(host) ? '' : host;
}
