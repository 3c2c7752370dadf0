import { OPEN_ACL_UNSAFE, READ_ACL_UNSAFE, type Acl } from '../../../../src/protocol/acl.js';
import { OpCode } from '../../../../src/protocol/op-codes.js';
import { DIGEST_VERSION, type Txn, type TxnDigest, type TxnHeader } from '../../../../src/protocol/txn.js';
import { makeZxid, toZxid, type Zxid } from '../../../../src/protocol/zxid.js';
import { DataTree } from '../../../../src/server/tree/data-tree.js';
import { NO_TRIGGERS } from '../../../../src/server/tree/triggers.js';

export interface LoggedTxn {
  readonly header: TxnHeader;
  readonly txn: Txn;
  readonly digest: TxnDigest;
}

/** One step of a workload: any four numbers make a transaction that is possible at that point. */
export type Step = readonly [kind: number, target: number, size: number, extra: number];

const ACLS: readonly (readonly Acl[])[] = [
  OPEN_ACL_UNSAFE,
  READ_ACL_UNSAFE,
  [{ perms: 31, id: { scheme: 'digest', id: 'ann:x' } }, ...READ_ACL_UNSAFE],
];

/** What a server would log and hold, made from numbers: every transaction is valid when it is made. */
export class Workload {
  readonly tree: DataTree;
  readonly sessions = new Map<bigint, number>();
  private readonly paths = ['/'];
  private zxid: Zxid;
  private sessionCount = 0;
  private created = 0;

  constructor(options: { readonly startAfter?: number } = {}) {
    this.tree = new DataTree({ extendedTypesEnabled: true, digestEnabled: true });
    this.zxid = toZxid(options.startAfter ?? 0);
  }

  /** Makes the next transaction and applies it. */
  step(step: Step): LoggedTxn {
    const { txn, clientId } = this.txnFor(step);
    this.zxid = toZxid(this.zxid + 1);
    const header: TxnHeader = {
      clientId,
      cxid: step[3],
      zxid: this.zxid,
      timeMs: 1_800_000_000_000 + this.zxid,
      type: txn.type,
    };
    this.tree.apply(header, txn, NO_TRIGGERS);
    if (txn.type === OpCode.createSession) this.sessions.set(clientId, txn.timeOut);
    if (txn.type === OpCode.closeSession) this.sessions.delete(clientId);
    return { header, txn, digest: { version: DIGEST_VERSION, digest: this.tree.digest } };
  }

  /** The next transaction is the first of that epoch. */
  beginEpoch(epoch: number): void {
    this.zxid = makeZxid(epoch, 0);
  }

  run(steps: readonly Step[]): LoggedTxn[] {
    return steps.map((step) => this.step(step));
  }

  private txnFor([kind, target, size, extra]: Step): { txn: Txn; clientId: bigint } {
    const sessions = [...this.sessions.keys()];
    const clientId = sessions[extra % Math.max(sessions.length, 1)];
    if (clientId === undefined || kind % 10 === 0) return this.newSession(extra);
    const parents = this.paths.filter((path) => this.tree.find(path)?.ephemeralOwner === 0n);
    const parent = parents[target % parents.length]!;
    const leaves = this.paths.filter((path) => path !== '/' && this.tree.find(path)?.children.size === 0);
    const leaf = leaves[target % Math.max(leaves.length, 1)];
    const path = this.paths[target % this.paths.length]!;
    const version = (this.tree.find(path)?.version ?? 0) + 1;
    switch (kind % 10) {
      case 1:
        return this.closeSession(clientId);
      case 2:
      case 3:
        if (leaf !== undefined) return { clientId, txn: this.deletion(leaf) };
        break;
      case 4:
        return { clientId, txn: { type: OpCode.setData, path, data: dataOf(size, extra), version } };
      case 5:
        return { clientId, txn: { type: OpCode.setACL, path, acl: ACLS[extra % ACLS.length]!, version: version + 1 } };
      case 6:
        return {
          clientId,
          txn: { type: OpCode.multi, txns: [0, 1].map((earlier) => this.creation(parent, size, extra, earlier)) },
        };
      case 7:
        return { clientId, txn: { type: OpCode.error, err: -101 } };
      default:
    }
    return { clientId, txn: this.creation(parent, size, extra) };
  }

  private newSession(extra: number): { txn: Txn; clientId: bigint } {
    this.sessionCount += 1;
    return {
      clientId: BigInt(this.sessionCount) << 24n,
      txn: { type: OpCode.createSession, timeOut: 600_000 + extra },
    };
  }

  private closeSession(clientId: bigint): { txn: Txn; clientId: bigint } {
    const paths = [...this.tree.ephemeralsOf(clientId)];
    for (const path of paths) this.paths.splice(this.paths.indexOf(path), 1);
    return { clientId, txn: { type: OpCode.closeSession, paths } };
  }

  private deletion(path: string): Txn {
    this.paths.splice(this.paths.indexOf(path), 1);
    return { type: OpCode.delete, path };
  }

  /** `earlier` children are made before it by the same transaction. */
  private creation(parent: string, size: number, extra: number, earlier = 0): Txn {
    this.created += 1;
    const path = `${parent === '/' ? '' : parent}/n${this.created}-é`;
    const base = { path, data: dataOf(size, extra), acl: ACLS[extra % ACLS.length]! };
    const parentCVersion = (this.tree.find(parent)?.storedCversion ?? 0) + 1 + earlier;
    this.paths.push(path);
    if (extra % 5 === 1) return { type: OpCode.createContainer, ...base, parentCVersion };
    if (extra % 5 === 2) return { type: OpCode.createTTL, ...base, parentCVersion, ttlMs: 100_000_000_000 + extra };
    return { type: OpCode.create2, ...base, ephemeral: extra % 5 === 3, parentCVersion };
  }
}

function dataOf(size: number, fill: number): Buffer | null {
  return size === 0 ? null : Buffer.alloc(size - 1, fill);
}
