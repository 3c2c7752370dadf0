import type { CreateMode } from '../../../src/client/index.js';
import type { FoundNode } from './found-tree.js';
import { creationsOf } from './found-tree.js';

const TTL_OWNER = 0xff00_0000_0000_0000n;
const CONTAINER_OWNER = 0x8000_0000_0000_0000n;
const SEQUENCE_DIGITS = 10;

export interface ModelNode {
  readonly data: Buffer;
  readonly version: number;
  /** Children ever created. */
  readonly creations: number;
  /** The session of an ephemeral node; 0n for all others. */
  readonly sessionId: bigint;
  /** As stored, for what is not shown to clients: containers and TTL nodes. */
  readonly owner: bigint;
  /** Null while no answer has told. */
  readonly czxid: number | null;
  readonly mzxid: number | null;
}

export interface CreateOp {
  readonly kind: 'create';
  /** As asked for; a sequential node's name gets a suffix. */
  readonly path: string;
  readonly data: Buffer;
  readonly mode: CreateMode;
  readonly ttlMs?: number;
}

export interface SetOp {
  readonly kind: 'set';
  readonly path: string;
  readonly data: Buffer;
  readonly version: number;
}

export interface DeleteOp {
  readonly kind: 'delete';
  readonly path: string;
  readonly version: number;
}

export type SimpleOp = CreateOp | SetOp | DeleteOp;

export type Op =
  | SimpleOp
  | { readonly kind: 'multi'; readonly ops: readonly SimpleOp[] }
  /** A multi whose last operation cannot be done: nothing of it may ever be seen. */
  | { readonly kind: 'hopeless'; readonly ops: readonly SimpleOp[] }
  | { readonly kind: 'endSession' };

/** What the answer to one simple operation tells: the path made, and the zxid where the answer has one. */
export interface SimpleAnswer {
  readonly path: string;
  readonly zxid: number | null;
}

/** What one writer's part of the tree must look like. */
export class Model {
  readonly root: string;
  private readonly nodes: Map<string, ModelNode>;
  /** Sessions whose end is in doubt: their nodes go together, some time. */
  private readonly fading: Set<bigint>;

  constructor(root: string, nodes: ReadonlyMap<string, ModelNode> = new Map(), fading: Iterable<bigint> = []) {
    this.root = root;
    this.nodes = new Map(nodes);
    this.fading = new Set(fading);
  }

  copy(): Model {
    return new Model(this.root, this.nodes, this.fading);
  }

  get size(): number {
    return this.nodes.size;
  }

  get(path: string): ModelNode {
    const node = this.nodes.get(path);
    if (node === undefined) throw new Error(`the model has no ${path}`);
    return node;
  }

  paths(): string[] {
    return [...this.nodes.keys()];
  }

  /** Whether somebody else (the end of a session) may remove it at any moment. */
  isFading(path: string): boolean {
    return this.fading.has(this.get(path).sessionId);
  }

  hasChildren(path: string): boolean {
    return this.paths().some((other) => other.startsWith(`${path}/`));
  }

  /** The path that a create makes. */
  madeBy({ path, mode }: CreateOp): string {
    if (!mode.endsWith('sequential')) return path;
    const { creations } = this.get(path.slice(0, path.lastIndexOf('/')));
    return path + String(creations).padStart(SEQUENCE_DIGITS, '0');
  }

  /** `answers`: of each simple operation, in order; missing ones were not heard. */
  apply(op: Op, sessionId: bigint, answers: readonly SimpleAnswer[] = []): void {
    if (op.kind === 'hopeless') return;
    if (op.kind === 'endSession') return this.endSession(sessionId);
    const ops = op.kind === 'multi' ? op.ops : [op];
    ops.forEach((each, index) => this.applySimple(each, sessionId, answers[index]?.zxid ?? null));
  }

  /** The session's end was asked for, but nobody knows whether it came: from now on it may. */
  fade(sessionId: bigint): void {
    this.fading.add(sessionId);
  }

  endSession(sessionId: bigint): void {
    for (const [path, node] of this.nodes) if (node.sessionId === sessionId) this.nodes.delete(path);
  }

  /** What differs from what was found, nothing when all is as it should be. Learns the zxids that it did not know. */
  compare(found: ReadonlyMap<string, FoundNode>): string[] {
    this.settleFading(found);
    const faults: string[] = [];
    for (const [path, node] of this.nodes) {
      const there = found.get(path);
      if (there === undefined) faults.push(`${path} is missing`);
      else this.compareNode(path, node, there, faults);
    }
    for (const path of found.keys()) {
      if (this.isMine(path) && !this.nodes.has(path)) faults.push(`${path} should not be there`);
    }
    return faults;
  }

  private compareNode(path: string, node: ModelNode, { data, stat }: FoundNode, faults: string[]): void {
    const wrong = (what: string, is: unknown, expected: unknown): void => {
      faults.push(`${path}: ${what} is ${String(is)}, should be ${String(expected)}`);
    };
    if (data === null || !data.equals(node.data)) wrong('data', data?.toString('latin1'), node.data.toString('latin1'));
    if (stat.version !== node.version) wrong('version', stat.version, node.version);
    if (creationsOf(stat) !== node.creations) wrong('creations', creationsOf(stat), node.creations);
    if (stat.ephemeralOwner !== node.sessionId) wrong('ephemeralOwner', stat.ephemeralOwner, node.sessionId);
    if (node.czxid !== null && stat.czxid !== node.czxid) wrong('czxid', stat.czxid, node.czxid);
    if (node.mzxid !== null && stat.mzxid !== node.mzxid) wrong('mzxid', stat.mzxid, node.mzxid);
    this.nodes.set(path, { ...node, czxid: stat.czxid, mzxid: stat.mzxid });
  }

  /** Nodes of a session are gone all at once or not at all: some of them left will show as missing ones. */
  private settleFading(found: ReadonlyMap<string, FoundNode>): void {
    for (const sessionId of this.fading) {
      const owned = [...this.nodes].filter(([, node]) => node.sessionId === sessionId);
      if (owned.every(([path]) => !found.has(path))) {
        this.endSession(sessionId);
        this.fading.delete(sessionId);
      }
    }
  }

  private isMine(path: string): boolean {
    return path === this.root || path.startsWith(`${this.root}/`);
  }

  private applySimple(op: SimpleOp, sessionId: bigint, zxid: number | null): void {
    switch (op.kind) {
      case 'create':
        return this.create(op, sessionId, zxid);
      case 'set':
        this.nodes.set(op.path, { ...this.get(op.path), data: op.data, version: op.version + 1, mzxid: zxid });
        return;
      case 'delete':
        this.nodes.delete(op.path);
    }
  }

  private create(op: CreateOp, sessionId: bigint, zxid: number | null): void {
    const path = this.madeBy(op);
    const parentPath = path.slice(0, path.lastIndexOf('/'));
    const parent = this.nodes.get(parentPath);
    if (parent !== undefined) this.nodes.set(parentPath, { ...parent, creations: parent.creations + 1 });
    this.nodes.set(path, {
      data: op.data,
      version: 0,
      creations: 0,
      sessionId: op.mode.startsWith('ephemeral') ? sessionId : 0n,
      owner: ownerOf(op),
      czxid: zxid,
      mzxid: zxid,
    });
  }
}

function ownerOf({ mode, ttlMs = 0 }: CreateOp): bigint {
  if (mode === 'container') return CONTAINER_OWNER;
  return mode.startsWith('ttl') ? TTL_OWNER | BigInt(ttlMs) : 0n;
}
