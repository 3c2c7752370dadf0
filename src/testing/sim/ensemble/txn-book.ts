import { adler32 } from '../../../protocol/checksum.js';
import { OpCode } from '../../../protocol/op-codes.js';
import type { Electorate } from './voters.js';
import { membershipIn } from './voters.js';
import { zxidText } from './zxids.js';

/** An entry begins with long clientId, int cxid, long zxid, long time, int type. */
export const ENTRY_HEADER_BYTES = 32;
const ZXID_OFFSET = 12;
const TYPE_OFFSET = 28;

export function zxidOfEntry(entry: Buffer): number {
  return Number(entry.readBigInt64BE(ZXID_OFFSET));
}

/** Beginnings and ends of a session, by zxid: that an end was proposed does not mean that it ever came. */
export interface SessionTxns {
  readonly begun: Set<number>;
  readonly ended: Set<number>;
}

/** Every transaction that was ever seen, on a wire or on a device. One zxid is one transaction, for all and for ever. */
export class TxnBook {
  private readonly checksums = new Map<number, number>();
  private readonly sessions = new Map<bigint, SessionTxns>();
  /** Members that transactions propose, by their zxids. */
  readonly memberships = new Map<number, Electorate>();
  private readonly violated: (rule: string, message: string) => void;

  constructor(violated: (rule: string, message: string) => void) {
    this.violated = violated;
  }

  /** `where` is for the message. */
  note(entry: Buffer, where: string): void {
    const zxid = zxidOfEntry(entry);
    const checksum = adler32(entry);
    const before = this.checksums.get(zxid);
    if (before === undefined) {
      this.checksums.set(zxid, checksum);
      this.noteSession(zxid, entry);
      if (entry.readInt32BE(TYPE_OFFSET) === OpCode.reconfig) this.memberships.set(zxid, membersIn(entry));
    } else if (before !== checksum) {
      this.violated('one zxid, one transaction', `${zxidText(zxid)} is another one ${where} than it was elsewhere`);
    }
  }

  session(sessionId: bigint): SessionTxns | null {
    return this.sessions.get(sessionId) ?? null;
  }

  private noteSession(zxid: number, entry: Buffer): void {
    const type = entry.readInt32BE(TYPE_OFFSET);
    if (type !== OpCode.createSession && type !== OpCode.closeSession) return;
    const sessionId = entry.readBigInt64BE(0);
    const session = this.sessions.get(sessionId) ?? { begun: new Set(), ended: new Set() };
    this.sessions.set(sessionId, session);
    (type === OpCode.createSession ? session.begun : session.ended).add(zxid);
  }
}

/** The body is that of a set: the path, then the members as text. */
function membersIn(entry: Buffer): Electorate {
  const dataAt = ENTRY_HEADER_BYTES + 4 + entry.readInt32BE(ENTRY_HEADER_BYTES);
  const text = entry.toString('utf8', dataAt + 4, dataAt + 4 + entry.readInt32BE(dataAt));
  return membershipIn(text).electorate;
}
