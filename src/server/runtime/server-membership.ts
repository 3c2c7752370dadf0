import type { EnsembleConfig } from '../config/ensemble-config.js';
import type { Membership } from '../quorum/membership.js';
import { QuorumConfig } from '../zab/quorum-config.js';

/** Who this server takes the members for. Where reconfiguration is off it is what the configuration file says, for good (4.15). */
export class ServerMembership implements Membership {
  private readonly isChangeable: boolean;
  private inForce: QuorumConfig;
  private newest: QuorumConfig;

  constructor({ membership, lastSeen, reconfigEnabled }: EnsembleConfig) {
    this.isChangeable = reconfigEnabled;
    this.inForce = membership;
    this.newest = lastSeen;
  }

  get current(): QuorumConfig {
    return this.inForce;
  }

  get lastSeen(): QuorumConfig {
    return this.newest;
  }

  /** For NEWLEADER. */
  toPropose(): Buffer {
    return Buffer.from(this.newest.format(), 'utf8');
  }

  /** These members are in force, others say. */
  committed(config: QuorumConfig): void {
    if (!this.isChangeable || config.version <= this.inForce.version) return;
    this.inForce = config;
    if (config.version > this.newest.version) this.newest = config;
  }

  /** A leader proposes these members. */
  proposed(text: string | null): void {
    if (!this.isChangeable || text === null) return;
    const config = QuorumConfig.parse(text);
    if (config.version > this.newest.version) this.newest = config;
  }
}
