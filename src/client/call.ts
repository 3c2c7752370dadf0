import type { KeeperErrorDetails } from './errors.js';
import type { Operation } from './operation.js';
import type { WatchIntent } from './watch-registry.js';

/**
 * Told once, in the order of the wire, how the request fared: the error code of its reply (0: done), or null when no
 * reply will come. `wanted` is false when the caller has given up meanwhile.
 */
export type ReplyHook = (rc: number | null, wanted: boolean) => void;

type Settle = (outcome: unknown) => void;

function ignore(): void {
  // Nobody waits for this call.
}

let newResolve: Settle = ignore;
let newReject: Settle = ignore;

/** The executor of every call's promise: one of its own would be one more closure a call. */
function keepSettlers(resolve: Settle, reject: Settle): void {
  newResolve = resolve;
  newReject = reject;
}

/**
 * One request on its way. Two things end it, each once and in either order: its caller is answered (`settled`), and the
 * wire is done with it (the hook). It holds what its promise needs itself, so that a call is this object and the promise.
 */
export class Call<Body = unknown, Result = unknown> {
  readonly operation: Operation<Body, Result>;
  /** As the caller wrote it, for errors. */
  readonly path: string | null;
  /** Of the view it was made on. */
  readonly chroot: string;
  /** Its answer may be so long, where that is more than the client's limit. */
  answerBytesMax = 0;
  /** The watch it sets. */
  intent: WatchIntent | null = null;
  hook: ReplyHook | null = null;
  /** Encoded while it waits; its xid is put in when it leaves. */
  frame: Buffer | null = null;
  xid = 0;
  sentAtMs = 0;
  isSent = false;
  /** Ends what watches over its wait. */
  disarm: (() => void) | null = null;
  private isSettled = false;
  private resolveWith: Settle = ignore;
  private rejectWith: Settle = ignore;

  constructor(operation: Operation<Body, Result>, path: string | null, chroot: string) {
    this.operation = operation;
    this.path = path;
    this.chroot = chroot;
  }

  /** Ask for it once, before the call is submitted; a call that nobody waits for needs none. */
  promise(): Promise<Result> {
    const promise = new Promise<unknown>(keepSettlers);
    this.resolveWith = newResolve;
    this.rejectWith = newReject;
    return promise as Promise<Result>;
  }

  get settled(): boolean {
    return this.isSettled;
  }

  /** Whether the server may have applied it although no answer came. */
  get ambiguous(): boolean {
    return this.isSent && this.operation.isWrite;
  }

  /** For messages: what it does, and to which node. */
  get title(): string {
    const { path } = this;
    const { name } = this.operation;
    return path === null ? (name ?? '') : `${name} ${path}`;
  }

  /** What every error that ends it says of it. */
  get errorDetails(): KeeperErrorDetails {
    return { path: this.path, op: this.operation.name, ambiguous: this.ambiguous };
  }

  resolve(result: Result): void {
    if (this.settle()) this.resolveWith(result);
  }

  reject(error: unknown): void {
    if (this.settle()) this.rejectWith(error);
  }

  private settle(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    if (this.disarm !== null) {
      this.disarm();
      this.disarm = null;
    }
    return true;
  }
}
