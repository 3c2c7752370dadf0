import { expect } from 'vitest';
import type { Acl, Id } from '../../../../src/protocol/acl.js';
import { OPEN_ACL_UNSAFE } from '../../../../src/protocol/acl.js';
import { ErrorCode } from '../../../../src/protocol/error-codes.js';
import type { MultiOp } from '../../../../src/protocol/multi.js';
import { OpCode } from '../../../../src/protocol/op-codes.js';
import type { Stat } from '../../../../src/protocol/stat.js';
import type { Txn } from '../../../../src/protocol/txn.js';
import type { Zxid } from '../../../../src/protocol/zxid.js';
import { AclChecker } from '../../../../src/server/tree/acl-check.js';
import type { AclCheckerOptions } from '../../../../src/server/tree/acl-check.js';
import type { AclList } from '../../../../src/server/tree/acl-list.js';
import type { ApplyResult } from '../../../../src/server/tree/apply-result.js';
import { DataTree } from '../../../../src/server/tree/data-tree.js';
import type { MemberGate } from '../../../../src/server/tree/prepare-reconfig.js';
import { Preparer } from '../../../../src/server/tree/prepare.js';
import type {
  Proposal,
  QuotaWarning,
  RequestContext,
  SessionGate,
  WriteRequest,
} from '../../../../src/server/tree/proposal.js';
import { statOf } from '../../../../src/server/tree/stat-of.js';
import type { Triggers } from '../../../../src/server/tree/triggers.js';

export const SESSION = 0x1_0000_0001n;
export const OTHER_SESSION = 0x1_0000_0002n;

export const PLAIN_ACCESS: AclCheckerOptions = {
  skipAcl: false,
  extraSchemes: [],
  anySaslUserId: null,
  x509SuperUser: null,
};

export interface HarnessOptions {
  readonly members?: MemberGate;
  extendedTypesEnabled?: boolean;
  digestEnabled?: boolean;
  enforceQuota?: boolean;
  reconfigEnabled?: boolean;
  containerMaxNeverUsedMs?: number;
  entryBytesMax?: number;
  access?: Partial<AclCheckerOptions>;
  tree?: DataTree;
}

/** A proposal without what preparing hands over to applying. */
export function asReplayed(proposal: Proposal): Proposal {
  return { ...proposal, txn: bare(proposal.txn) };
}

function bare(txn: Txn): Txn {
  switch (txn.type) {
    case OpCode.multi:
      return { ...txn, txns: txn.txns.map(bare) };
    case OpCode.setData:
      return { type: txn.type, path: txn.path, data: txn.data, version: txn.version };
    case OpCode.delete:
      return { type: txn.type, path: txn.path };
    case OpCode.create:
    case OpCode.create2: {
      const { type, path, data, acl, ephemeral, parentCVersion } = txn;
      return { type, path, data, acl, ephemeral, parentCVersion };
    }
    default:
      return txn;
  }
}

/** A tree with its preparation, driven by hand: prepares, applies, and checks the predicted digest against the tree's. */
export class TreeHarness {
  readonly tree: DataTree;
  readonly access: AclChecker;
  readonly preparer: Preparer;
  readonly events: string[] = [];
  readonly warnings: QuotaWarning[] = [];
  readonly closing = new Set<bigint>();
  nowMs = 1_000_000;
  zxid: number;

  constructor(options: HarnessOptions = {}) {
    const { extendedTypesEnabled = true, digestEnabled = true } = options;
    this.tree = options.tree ?? new DataTree({ extendedTypesEnabled, digestEnabled });
    this.zxid = this.tree.lastProcessedZxid;
    this.access = new AclChecker({ ...PLAIN_ACCESS, ...options.access });
    this.preparer = new Preparer({
      tree: this.tree,
      access: this.access,
      sessions: this.gate(),
      reconfigEnabled: options.reconfigEnabled ?? false,
      ...(options.members === undefined ? {} : { members: options.members }),
      enforceQuota: options.enforceQuota ?? false,
      containerMaxNeverUsedMs: options.containerMaxNeverUsedMs ?? 0,
      entryBytesMax: options.entryBytesMax ?? 2 * 1_048_575,
      onQuotaExceeded: (warning) => this.warnings.push(warning),
    });
  }

  /** The next transaction, not applied. */
  prepare(request: WriteRequest, context: Partial<RequestContext> = {}): Proposal {
    this.zxid += 1;
    this.nowMs += 1;
    return this.preparer.prepare(request, {
      sessionId: SESSION,
      serverId: 1,
      cxid: this.zxid,
      zxid: this.zxid as Zxid,
      timeMs: this.nowMs,
      identities: [],
      isLocalSession: false,
      isInternal: false,
      ...context,
    });
  }

  commit(proposal: Proposal): ApplyResult {
    const result = this.tree.apply(proposal.header, proposal.txn, this.triggers());
    this.preparer.committed(proposal.header.zxid);
    if (proposal.digest !== null) expect(this.tree.digest).toBe(proposal.digest.digest);
    return kept(result);
  }

  /** Prepared and applied at once. */
  write(request: WriteRequest, context: Partial<RequestContext> = {}): ApplyResult {
    return this.commit(this.prepare(request, context));
  }

  /** Writes that must succeed, for setting the scene. */
  given(...requests: WriteRequest[]): this {
    for (const request of requests) {
      const { err, results } = this.write(request);
      expect(err).toBe(ErrorCode.OK);
      for (const each of results ?? []) expect(each.err).toBe(ErrorCode.OK);
    }
    return this;
  }

  stat(path: string): Stat {
    const node = this.tree.find(path);
    if (node === undefined) throw new Error(`${path} is missing`);
    return this.tree.stat(node);
  }

  children(path: string): string[] {
    return [...(this.tree.find(path)?.children ?? [])].sort();
  }

  text(path: string): string | null | undefined {
    const data = this.tree.find(path)?.data;
    return data === undefined || data === null ? data : data.toString('latin1');
  }

  private gate(): SessionGate {
    return {
      check: ({ sessionId }) => (this.closing.has(sessionId) ? ErrorCode.SESSIONEXPIRED : ErrorCode.OK),
      closing: (sessionId) => this.closing.add(sessionId),
    };
  }

  private triggers(): Triggers {
    const note =
      (event: string) =>
      (path: string, acl: AclList): void => {
        this.events.push(`${event} ${path}${acl.worldPerms === 31 ? '' : ` perms ${acl.worldPerms}`}`);
      };
    return {
      nodeCreated: note('created'),
      nodeDataChanged: note('changed'),
      nodeDeleted: note('deleted'),
      nodeChildrenChanged: note('children'),
    };
  }
}

/** The result with a stat that stays as it is. */
export function kept(result: ApplyResult): ApplyResult {
  return result.stat === null ? result : { ...result, stat: statOf(result.stat) };
}

const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text, 'latin1'));

interface CreateOptions {
  data?: string | null;
  flags?: number;
  acl?: readonly Acl[] | null;
}

type PlainCreate = Extract<
  MultiOp,
  { type: typeof OpCode.create | typeof OpCode.create2 | typeof OpCode.createContainer }
>;

function createLike(type: PlainCreate['type'], path: string | null, options: CreateOptions): PlainCreate {
  const { data = '', flags = 0, acl = OPEN_ACL_UNSAFE } = options;
  return { type, err: -1, body: { path, data: bytes(data), acl, flags } };
}

export function create(path: string | null, options: CreateOptions = {}): PlainCreate {
  return createLike(OpCode.create, path, options);
}

export function create2(path: string | null, options: CreateOptions = {}): PlainCreate {
  return createLike(OpCode.create2, path, options);
}

export function createContainer(path: string | null, options: CreateOptions = {}): PlainCreate {
  return createLike(OpCode.createContainer, path, { flags: 4, ...options });
}

export function createTtl(
  path: string | null,
  ttlMs: number | bigint,
  options: CreateOptions = {},
): Extract<MultiOp, { type: typeof OpCode.createTTL }> {
  const { data = '', flags = 5, acl = OPEN_ACL_UNSAFE } = options;
  return { type: OpCode.createTTL, err: -1, body: { path, data: bytes(data), acl, flags, ttl: BigInt(ttlMs) } };
}

export function remove(path: string | null, version = -1): Extract<MultiOp, { type: typeof OpCode.delete }> {
  return { type: OpCode.delete, err: -1, body: { path, version } };
}

export function setData(
  path: string | null,
  data: string | null,
  version = -1,
): Extract<MultiOp, { type: typeof OpCode.setData }> {
  return { type: OpCode.setData, err: -1, body: { path, data: bytes(data), version } };
}

export function setAcl(path: string | null, acl: readonly Acl[] | null, version = -1): WriteRequest {
  return { type: OpCode.setACL, body: { path, acl, version } };
}

export function check(path: string | null, version: number): Extract<MultiOp, { type: typeof OpCode.check }> {
  return { type: OpCode.check, err: -1, body: { path, version } };
}

export function multi(...ops: MultiOp[]): WriteRequest {
  return { type: OpCode.multi, body: { ops } };
}

export function sweepOf(path: string): WriteRequest {
  return { type: OpCode.deleteContainer, body: { path } };
}

export const CLOSE_SESSION: WriteRequest = { type: OpCode.closeSession, body: {} };

export function aclOf(perms: number, scheme: string | null, id: string | null): Acl {
  return { perms, id: { scheme, id } };
}

export function idOf(scheme: string, id: string): Id {
  return { scheme, id };
}
