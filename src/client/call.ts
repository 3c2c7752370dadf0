import { OpCode, opName } from '../protocol/op-codes.js';
import type { RequestOp } from '../protocol/request-codec.js';
import type { KeeperErrorDetails } from './errors.js';

const writes: ReadonlySet<RequestOp> = new Set<RequestOp>([
  OpCode.create,
  OpCode.create2,
  OpCode.createContainer,
  OpCode.createTTL,
  OpCode.delete,
  OpCode.setData,
  OpCode.setACL,
  OpCode.multi,
  OpCode.reconfig,
]);

/**
 * Told once, in the order of the wire, how the request fared: the error code of its reply (0: done), or null when no
 * reply will come. `wanted` is false when the caller has given up meanwhile.
 */
export type ReplyHook = (rc: number | null, wanted: boolean) => void;

export interface CallSpec {
  readonly op: RequestOp;
  readonly body: unknown;
  /** As the caller wrote it, for errors. */
  readonly path: string | null;
  /** Resolves to null instead of rejecting when the node is missing. */
  readonly missingIsNull: boolean;
  readonly hook: ReplyHook | null;
  readonly resolve: (response: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One request on its way. Two things end it, each once and in either order: its caller is answered (`settled`), and the
 * wire is done with it (the hook).
 */
export class Call {
  readonly spec: CallSpec;
  /** Encoded while it waits; its xid is put in when it leaves. */
  frame: Buffer | null = null;
  xid = 0;
  sentAtMs = 0;
  isSent = false;
  /** Stops the timer and the listening of its wait. */
  disarm: (() => void) | null = null;
  private isSettled = false;

  constructor(spec: CallSpec) {
    this.spec = spec;
  }

  get settled(): boolean {
    return this.isSettled;
  }

  get opName(): string | null {
    return opName(this.spec.op);
  }

  /** Whether the server may have applied it although no answer came. */
  get ambiguous(): boolean {
    return this.isSent && writes.has(this.spec.op);
  }

  /** For messages: what it does, and to which node. */
  get title(): string {
    const { path } = this.spec;
    return path === null ? (this.opName ?? '') : `${this.opName} ${path}`;
  }

  /** What every error that ends it says of it. */
  get errorDetails(): KeeperErrorDetails {
    return { path: this.spec.path, op: this.opName, ambiguous: this.ambiguous };
  }

  resolve(response: unknown): void {
    if (this.settle()) this.spec.resolve(response);
  }

  reject(error: unknown): void {
    if (this.settle()) this.spec.reject(error);
  }

  private settle(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    this.disarm?.();
    this.disarm = null;
    return true;
  }
}
