import type { Zxid } from '../../protocol/zxid.js';

/** What a server knows of the members of its ensemble (quorum-protocol 1.7, 3.14). Where they cannot change, nothing here changes them. */
export interface MemberBook {
  /** For NEWLEADER: those proposed last, as text; null: none are known. */
  toPropose(): Buffer | null;
  /** A leader's: members that nothing has set yet get a version, the beginning of its epoch. */
  first(epoch: number): void;
  /** A learner's: those that NEWLEADER tells of, instead of any others that were proposed. Throws a MarshallingError for no such text. */
  adopt(text: string): void;
  /** Those are in force: a quorum has agreed to them, unless they are of a transaction that is yet to be committed. */
  activateAdopted(): void;
  /** A quorum of the old members and of those proposed last has agreed: the latter are in force. Their version. */
  activateLastSeen(): Zxid;
  /** The reconfiguration of this zxid is in force; its commit is next. False where nothing changes by that. */
  activate(zxid: Zxid): boolean;
}
