import type { Acl } from '../../../../src/protocol/acl.js';
import { ErrorCode } from '../../../../src/protocol/error-codes.js';
import type { MultiOp } from '../../../../src/protocol/multi.js';
import { OpCode } from '../../../../src/protocol/op-codes.js';
import { pathFault } from '../../../../src/protocol/paths.js';
import type { WriteRequest } from '../../../../src/server/tree/proposal.js';

/** A node of the model. */
export interface ModelNode {
  data: string | null;
  /** What everybody may. */
  perms: number;
  kind: 'persistent' | 'container' | 'ttl' | 'ephemeral';
  owner: bigint;
  ttlMs: number;
  czxid: number;
  mzxid: number;
  pzxid: number;
  mtime: number;
  version: number;
  aversion: number;
  creations: number;
  deletions: number;
}

export interface ModelContext {
  readonly zxid: number;
  readonly timeMs: number;
  readonly sessionId: bigint;
  readonly isInternal: boolean;
}

class Refusal extends Error {
  readonly rc: number;
  constructor(rc: number) {
    super(`refused ${rc}`);
    this.rc = rc;
  }
}

const RESERVED = ['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config'];

/** The rules of the specification once more, one write after the other, by the plainest means: nothing pending, no index. */
export class ModelTree {
  nodes = new Map<string, ModelNode>();
  readonly closed = new Set<bigint>();

  constructor() {
    for (const path of RESERVED) this.nodes.set(path, blank());
    this.nodes.get('/zookeeper/config')!.perms = 1;
    this.nodes.get('/zookeeper/config')!.aversion = -1;
    this.nodes.get('/')!.deletions = -1;
    this.nodes.get('/zookeeper')!.deletions = -2;
  }

  /** The error codes: one, or one for each op of a multi. */
  write(request: WriteRequest, context: ModelContext): number | number[] {
    if (request.type !== OpCode.multi) return this.attempt(() => this.run(request, context));
    if (this.closed.has(context.sessionId)) return ErrorCode.SESSIONEXPIRED;
    const before = new Map([...this.nodes].map(([path, node]) => [path, { ...node }]));
    const codes: number[] = [];
    for (const op of request.body.ops) {
      const rc = this.attempt(() => this.run(op, context));
      codes.push(rc);
      if (rc === 0) continue;
      this.nodes = before;
      const rest = request.body.ops.length - codes.length;
      return [...codes.map((each) => each), ...Array<number>(rest).fill(ErrorCode.RUNTIMEINCONSISTENCY)];
    }
    return codes;
  }

  children(path: string): string[] {
    const prefix = path === '/' ? '/' : `${path}/`;
    return [...this.nodes.keys()]
      .filter((each) => each !== '/' && each.startsWith(prefix) && !each.slice(prefix.length).includes('/'))
      .map((each) => each.slice(prefix.length));
  }

  private attempt(run: () => void): number {
    try {
      run();
      return ErrorCode.OK;
    } catch (error) {
      if (error instanceof Refusal) return error.rc;
      throw error;
    }
  }

  private run(request: WriteRequest | MultiOp, context: ModelContext): void {
    const { type } = request;
    if (type === OpCode.closeSession) return this.closeSession(context);
    if (type === OpCode.deleteContainer) return this.sweep(request.body.path!, context);
    if ('flags' in request.body) return this.create(request as Extract<MultiOp, { body: { flags: number } }>, context);
    refuse(this.closed.has(context.sessionId), ErrorCode.SESSIONEXPIRED);
    if (type === OpCode.delete) return this.delete(request.body.path!, request.body.version, context);
    if (type === OpCode.setData) return this.setData(request.body, context);
    if (type === OpCode.setACL) return this.setAcl(request.body);
    if (type === OpCode.check) return this.check(request.body.path!, request.body.version);
    throw new Error(`the model knows no op ${type}`);
  }

  private create(request: Extract<MultiOp, { body: { flags: number } }>, context: ModelContext): void {
    const { path: asked, data, acl, flags } = request.body;
    refuse(this.closed.has(context.sessionId), ErrorCode.SESSIONEXPIRED);
    refuse(!asked!.includes('/') || asked!.includes('\0'), ErrorCode.BADARGUMENTS);
    refuse(acl === null || acl.length === 0, ErrorCode.INVALIDACL);
    const above = parentPath(asked!);
    const parent = this.existing(above);
    refuse((parent.perms & 4) === 0, ErrorCode.NOAUTH);
    const isSequential = [2, 3, 6].includes(flags);
    const path = isSequential ? asked! + String(parent.creations).padStart(10, '0') : asked!;
    refuse(pathFault(path) !== null, ErrorCode.BADARGUMENTS);
    refuse(this.nodes.has(path), ErrorCode.NODEEXISTS);
    refuse(parent.kind === 'ephemeral', ErrorCode.NOCHILDRENFOREPHEMERALS);
    parent.creations++;
    parent.pzxid = context.zxid;
    const node = blank();
    Object.assign(node, { data: hex(data), perms: worldPerms(acl!), czxid: context.zxid, pzxid: context.zxid });
    Object.assign(node, { mzxid: context.zxid, mtime: context.timeMs });
    if (request.type === OpCode.createContainer) node.kind = 'container';
    else if (request.type === OpCode.createTTL) {
      node.kind = 'ttl';
      node.ttlMs = Number(request.body.ttl);
    } else if (flags === 1 || flags === 3) {
      node.kind = 'ephemeral';
      node.owner = context.sessionId;
    }
    this.nodes.set(path, node);
  }

  private delete(path: string, version: number, context: ModelContext): void {
    refuse(!path.includes('/') || path.includes('\0') || RESERVED.includes(path), ErrorCode.BADARGUMENTS);
    refuse((this.existing(parentPath(path)).perms & 8) === 0, ErrorCode.NOAUTH);
    const node = this.existing(path);
    refuse(version !== -1 && version !== node.version, ErrorCode.BADVERSION);
    refuse(this.children(path).length > 0, ErrorCode.NOTEMPTY);
    this.takeOut(path, context);
  }

  private sweep(path: string, context: ModelContext): void {
    const node = this.existing(path);
    refuse(this.children(path).length > 0, ErrorCode.NOTEMPTY);
    const isDue =
      (node.kind === 'container' && node.creations > 0) ||
      (node.kind === 'ttl' && context.timeMs - node.mtime > node.ttlMs);
    refuse(!isDue, ErrorCode.BADVERSION);
    this.takeOut(path, context);
  }

  private setData(body: { path: string | null; data: Buffer | null; version: number }, context: ModelContext): void {
    refuse(pathFault(body.path) !== null, ErrorCode.BADARGUMENTS);
    const node = this.existing(body.path!);
    refuse((node.perms & 2) === 0, ErrorCode.NOAUTH);
    refuse(body.version !== -1 && body.version !== node.version, ErrorCode.BADVERSION);
    Object.assign(node, {
      data: hex(body.data),
      version: node.version + 1,
      mzxid: context.zxid,
      mtime: context.timeMs,
    });
  }

  private setAcl(body: { path: string | null; acl: readonly Acl[] | null; version: number }): void {
    refuse(pathFault(body.path) !== null, ErrorCode.BADARGUMENTS);
    refuse(body.acl === null || body.acl.length === 0, ErrorCode.INVALIDACL);
    const node = this.existing(body.path!);
    refuse((node.perms & 16) === 0, ErrorCode.NOAUTH);
    refuse(body.version !== -1 && body.version !== node.aversion, ErrorCode.BADVERSION);
    node.perms = worldPerms(body.acl!);
    node.aversion++;
  }

  private check(path: string, version: number): void {
    refuse(pathFault(path) !== null, ErrorCode.BADARGUMENTS);
    const node = this.existing(path);
    refuse((node.perms & 1) === 0, ErrorCode.NOAUTH);
    refuse(version !== -1 && version !== node.version, ErrorCode.BADVERSION);
  }

  private closeSession(context: ModelContext): void {
    this.closed.add(context.sessionId);
    for (const [path, node] of [...this.nodes]) {
      if (node.kind === 'ephemeral' && node.owner === context.sessionId) this.takeOut(path, context);
    }
  }

  private takeOut(path: string, context: ModelContext): void {
    const parent = this.existing(parentPath(path));
    parent.deletions++;
    parent.pzxid = context.zxid;
    this.nodes.delete(path);
  }

  private existing(path: string): ModelNode {
    const node = this.nodes.get(path);
    if (node === undefined) throw new Refusal(ErrorCode.NONODE);
    return node;
  }
}

function refuse(condition: boolean, rc: number): void {
  if (condition) throw new Refusal(rc);
}

function blank(): ModelNode {
  return {
    ...{ data: '', perms: 31, kind: 'persistent', owner: 0n, ttlMs: 0, czxid: 0, mzxid: 0, pzxid: 0, mtime: 0 },
    ...{ version: 0, aversion: 0, creations: 0, deletions: 0 },
  };
}

function parentPath(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

function worldPerms(acl: readonly Acl[]): number {
  return acl.reduce((perms, entry) => (entry.id.scheme === 'world' ? perms | entry.perms : perms), 0);
}

function hex(data: Buffer | null): string | null {
  return data === null ? null : data.toString('hex');
}
