import type { Logger, Runtime } from '../../../../src/runtime/index.js';
import { SILENT_LOGGER } from '../../../../src/runtime/index.js';
import { ElectionModule } from '../../../../src/server/quorum/election-module.js';
import type { ElectionModuleOptions } from '../../../../src/server/quorum/election-module.js';
import type { QuorumConfig } from '../../../../src/server/zab/quorum-config.js';
import type { Vote } from '../../../../src/server/zab/vote.js';

export interface ElectionServerOptions {
  readonly sid: number;
  readonly runtime: Runtime;
  readonly config: QuorumConfig;
  readonly logger?: Logger;
  readonly zxid?: number;
  readonly peerEpoch?: number;
  readonly module?: Partial<ElectionModuleOptions>;
}

/** A server that does nothing but elect: it enters whatever role it gets. */
export class ElectionServer {
  readonly sid: number;
  readonly module: ElectionModule;
  readonly outcomes: Vote[] = [];
  readonly gone: number[] = [];
  readonly newer: QuorumConfig[] = [];
  config: QuorumConfig;
  lastSeen: QuorumConfig;
  isLooking = false;
  /** Called when an election is over. */
  whenElected: () => void = () => undefined;
  /** A server that loses the connection to its leader looks again, as its learner would have it do. */
  looksWhenLeaderGoes = false;
  private readonly own: { readonly zxid: number; readonly peerEpoch: number };

  constructor(options: ElectionServerOptions) {
    const { sid, runtime, config } = options;
    this.sid = sid;
    this.config = config;
    this.lastSeen = config;
    this.own = { zxid: options.zxid ?? 0x1_0000_0005, peerEpoch: options.peerEpoch ?? 1 };
    const addresses = config.members.get(sid)?.addresses ?? [];
    this.module = new ElectionModule({
      sid,
      runtime,
      logger: options.logger ?? SILENT_LOGGER,
      config: () => this.config,
      lastSeen: () => this.lastSeen,
      listen: addresses.map(({ host, electionPort }) => ({ host, port: electionPort })),
      tls: null,
      introductionTimeoutMs: 1000,
      elected: (vote) => this.elected(vote),
      newerConfig: (newer) => this.newer.push(newer),
      abandoned: () => this.look(),
      peerGone: (other) => {
        this.gone.push(other);
        if (this.looksWhenLeaderGoes && this.leader === other) this.look();
      },
      ...options.module,
    });
  }

  get leader(): number | null {
    return this.isLooking ? null : (this.outcomes.at(-1)?.leader ?? null);
  }

  async start(): Promise<void> {
    await this.module.open();
    this.look();
  }

  look(): void {
    this.isLooking = true;
    this.module.look({ ...this.own, isVoter: this.config.isParticipant(this.sid) });
  }

  private elected(vote: Vote): void {
    this.outcomes.push(vote);
    this.isLooking = false;
    const isObserver = this.config.isObserver(this.sid);
    this.module.entered(vote.leader === this.sid ? 'leading' : isObserver ? 'observing' : 'following');
    this.whenElected();
  }
}
