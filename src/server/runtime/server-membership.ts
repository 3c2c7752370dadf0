import { MarshallingError } from '../../protocol/errors.js';
import { makeZxid, ZXID_NONE, type Zxid } from '../../protocol/zxid.js';
import type { EnsembleConfig } from '../config/ensemble-config.js';
import type { Membership } from '../quorum/membership.js';
import { QuorumConfig } from '../zab/quorum-config.js';

/** Keeps what is known of the members over a restart. Called one at a time. */
export interface MembershipStore {
  proposed(config: QuorumConfig): Promise<void>;
  /** What was proposed is so no longer. */
  withdrawn(): Promise<void>;
  activated(config: QuorumConfig): Promise<void>;
}

export interface ServerMembershipParts {
  /** Null: it is known from somewhere else at every start. */
  readonly store: MembershipStore | null;
  /** It cannot be kept. */
  readonly failed: (error: unknown) => void;
}

const KEPT_NOWHERE: ServerMembershipParts = { store: null, failed: () => undefined };

/**
 * Who this server takes the members for. Where reconfiguration is off it is what the configuration file says, for good (4.15).
 * What changes is kept in the order in which it does; whoever promises anything waits for that.
 */
export class ServerMembership implements Membership {
  private readonly isChangeable: boolean;
  private readonly parts: ServerMembershipParts;
  private inForce: QuorumConfig;
  private newest: QuorumConfig;
  /** What the leader's NEWLEADER has told. */
  private adopted: QuorumConfig | null = null;
  private jobs = 0;
  private lastJob: Promise<void> = Promise.resolve();
  private hasFailed = false;

  constructor({ membership, lastSeen, reconfigEnabled }: EnsembleConfig, parts: ServerMembershipParts = KEPT_NOWHERE) {
    this.isChangeable = reconfigEnabled;
    this.parts = parts;
    this.inForce = membership;
    this.newest = lastSeen;
  }

  get current(): QuorumConfig {
    return this.inForce;
  }

  get lastSeen(): QuorumConfig {
    return this.newest;
  }

  /** Everything that was decided is kept. */
  get isSettled(): boolean {
    return this.jobs === 0 && !this.hasFailed;
  }

  /** Resolves when everything that was decided is kept; with false when it never will be. */
  async settled(): Promise<boolean> {
    while (this.jobs > 0) await this.lastJob;
    return !this.hasFailed;
  }

  /** For NEWLEADER. */
  toPropose(): Buffer {
    return Buffer.from(this.newest.format(), 'utf8');
  }

  /** A transaction changes the members, if it is committed. */
  proposed(config: QuorumConfig): void {
    if (!this.isChangeable || config.version <= this.newest.version) return;
    this.newest = config;
    this.keep((store) => store.proposed(config));
  }

  /** A leader's NEWLEADER tells what it knows: whatever else was proposed is not in its history, and so in nobody's any more. */
  adopt(text: string): void {
    if (!this.isChangeable) return;
    const config = parseMembers(text);
    if (config.version < this.inForce.version) return;
    this.adopted = config;
    if (config.version === this.newest.version) return;
    const isKnown = config.version === this.inForce.version;
    this.newest = isKnown ? this.inForce : config;
    this.keep((store) => (isKnown ? store.withdrawn() : store.proposed(config)));
  }

  /** A new leader, whose members nothing has set yet, gives them a version that goes before any that others begin with. */
  first(epoch: number): void {
    if (this.newest.version === ZXID_NONE) this.proposed(this.newest.withVersion(makeZxid(epoch, 0)));
  }

  /** What was adopted is in force, unless it is yet to be committed. */
  activateAdopted(isPending: (version: Zxid) => boolean): void {
    const { adopted } = this;
    this.adopted = null;
    if (adopted !== null && !isPending(adopted.version)) this.committed(adopted);
  }

  /** What was proposed last is in force; the version. */
  activateLastSeen(): Zxid {
    this.committed(this.newest);
    return this.inForce.version;
  }

  /** The transaction that has proposed it is committed. False: nothing changes. */
  activate(version: Zxid): boolean {
    if (this.newest.version !== version) return false;
    return this.committed(this.newest);
  }

  /** These members are in force. False: that is old. */
  committed(config: QuorumConfig): boolean {
    if (!this.isChangeable || config.version <= this.inForce.version) return false;
    this.inForce = config;
    if (config.version > this.newest.version) this.newest = config;
    this.keep((store) => store.activated(config));
    return true;
  }

  private keep(how: (store: MembershipStore) => Promise<void>): void {
    const { store, failed } = this.parts;
    if (store === null) return;
    this.jobs++;
    this.lastJob = this.lastJob
      .then(() => (this.hasFailed ? undefined : how(store)))
      .catch((error: unknown) => {
        this.hasFailed = true;
        failed(error);
      })
      .then(() => {
        this.jobs--;
      });
  }
}

/** Throws a MarshallingError that says what is wrong. */
export function parseMembers(text: string): QuorumConfig {
  try {
    return QuorumConfig.parse(text);
  } catch (error) {
    throw new MarshallingError(`this is no list of members: ${error instanceof Error ? error.message : String(error)}`);
  }
}
