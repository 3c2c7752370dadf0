import { OpCode } from '../../protocol/op-codes.js';
import type { Txn } from '../../protocol/txn.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { Clock, Logger } from '../../runtime/index.js';
import type { MemberBook } from '../quorum/member-book.js';
import type { DataTree } from '../tree/data-tree.js';
import type { MemberGate } from '../tree/prepare-reconfig.js';
import type { Reconfiguration } from '../zab/broadcast.js';
import { QuorumConfig } from '../zab/quorum-config.js';
import type { QuorumVerifier } from '../zab/quorum-verifier.js';
import { changedMembers, keepsLeader } from '../zab/reconfig.js';
import type { EnsembleServerConfig } from './ensemble-server-config.js';
import { memberRules } from './member-rules.js';
import { parseMembers, type ServerMembership } from './server-membership.js';

export interface MemberChangesParts {
  readonly membership: ServerMembership;
  readonly logger: Logger;
  readonly clock: Clock;
  /** The one that clients see. */
  readonly tree: () => DataTree;
  /** Whether a transaction waits for its commit. */
  readonly isPending: (zxid: Zxid) => boolean;
}

/** How the members of an ensemble change at one of them: by transactions, by what leaders tell, and for clients to see. */
export class MemberChanges implements MemberBook {
  private readonly config: EnsembleServerConfig;
  private readonly parts: MemberChangesParts;

  constructor(config: EnsembleServerConfig, parts: MemberChangesParts) {
    this.config = config;
    this.parts = parts;
  }

  /** Members are no matter of history: whatever the log or a leader's tree says of them, this server shows what it goes by. */
  show(): void {
    const { membership, clock, tree } = this.parts;
    const { current } = membership;
    tree().showConfig(Buffer.from(current.format(), 'utf8'), { mzxid: current.version, mtime: clock.wallMs() });
  }

  /** A leader's transaction may propose members. Throws a MarshallingError when it should and does not. */
  accepted(txn: Txn): void {
    if (txn.type === OpCode.reconfig) this.parts.membership.proposed(parseMembers(txn.data?.toString('utf8') ?? ''));
  }

  toPropose(): Buffer {
    return this.parts.membership.toPropose();
  }

  first(epoch: number): void {
    this.parts.membership.first(epoch);
  }

  adopt(text: string): void {
    this.parts.membership.adopt(text);
  }

  activateAdopted(): void {
    this.parts.membership.activateAdopted(this.parts.isPending);
    this.show();
  }

  activateLastSeen(): Zxid {
    const version = this.parts.membership.activateLastSeen();
    this.show();
    return version;
  }

  /** For clients to see there is the transaction. */
  activate(zxid: Zxid): boolean {
    return this.parts.membership.activate(zxid);
  }

  /** For a leader's clients. */
  gate(hasSyncedQuorum: (verifier: QuorumVerifier) => boolean): MemberGate {
    const { membership, logger } = this.parts;
    const rules = memberRules(this.config);
    return {
      change: (request, zxid) => {
        const { current, lastSeen } = membership;
        const members = changedMembers(request, zxid, { current, lastSeen, rules, hasSyncedQuorum });
        if (members instanceof QuorumConfig) return Buffer.from(members.format(), 'utf8');
        logger.warn(`The members stay as they are: ${members.why}`);
        return members.err;
      },
    };
  }

  /** A transaction of this leader's proposes members. */
  propose(config: QuorumConfig): Reconfiguration {
    const { membership } = this.parts;
    membership.proposed(config);
    const isKept = keepsLeader(this.config.ensemble.sid, membership.current, config);
    return { verifier: config.verifier, keepsLeader: isKept };
  }
}
