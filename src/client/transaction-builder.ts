import type { MultiOp, MultiResult } from '../protocol/multi.js';
import { ErrorCode } from '../protocol/error-codes.js';
import { OpCode, opName } from '../protocol/op-codes.js';
import { createRequest, dataOf, serverPath, versionOf } from './arguments.js';
import { stripChroot } from './chroot.js';
import type { ClientCore } from './client-core.js';
import type { WaitOptions } from './client-options.js';
import { errorFromReply } from './error-from-reply.js';
import { BadArgumentsError, KeeperError, TransactionError } from './errors.js';
import type { CheckSpec, CreateSpec, NodeData, VersionSpec } from './operation-types.js';
import type { Transaction, TransactionResult } from './transaction-types.js';

/** An `err` that request headers carry by custom; servers ignore it. */
const HEADER_ERR = -1;

interface Step {
  /** As the caller wrote it. */
  readonly path: string;
  readonly op: MultiOp;
}

/** Gathers the operations of one transaction; arguments are checked when they are added. */
export class TransactionBuilder implements Transaction {
  private readonly core: ClientCore;
  private readonly chroot: string;
  private readonly steps: Step[] = [];
  private readonly guards: ((sessionId: bigint) => void)[] = [];
  private isCommitted = false;

  constructor(core: ClientCore, chroot: string) {
    this.core = core;
    this.chroot = chroot;
  }

  create(path: string, data: NodeData = null, spec: CreateSpec = {}): this {
    const { op, body } = createRequest(this.chroot, { path, data }, spec);
    if (op === OpCode.createTTL) return this.add(path, { type: op, err: HEADER_ERR, body });
    const { ttl: _, ...plain } = body;
    return this.add(path, { type: op, err: HEADER_ERR, body: plain });
  }

  delete(path: string, spec: VersionSpec = {}): this {
    const body = { path: serverPath(this.chroot, path), version: versionOf(spec.version, path) };
    return this.add(path, { type: OpCode.delete, err: HEADER_ERR, body });
  }

  setData(path: string, data: NodeData, spec: VersionSpec = {}): this {
    const version = versionOf(spec.version, path);
    const body = { path: serverPath(this.chroot, path), data: dataOf(data, path), version };
    return this.add(path, { type: OpCode.setData, err: HEADER_ERR, body });
  }

  check(path: string, spec: CheckSpec = {}): this {
    const body = { path: serverPath(this.chroot, path), version: versionOf(spec.version, path) };
    this.add(path, { type: OpCode.check, err: HEADER_ERR, body });
    if (spec.guard !== undefined) this.guards.push(spec.guard);
    return this;
  }

  async commit(options: WaitOptions = {}): Promise<TransactionResult[]> {
    this.close();
    if (this.steps.length === 0) return [];
    // With no turn in between: the request belongs to the session that there is now, and ends with it.
    for (const guard of this.guards) guard(this.core.driver.session.id);
    const ops = this.steps.map((step) => step.op);
    const { results } = await this.core.request(OpCode.multi, { ops }, { path: null, wait: options });
    const refused = results.findIndex((result) => result.err !== ErrorCode.OK);
    if (refused >= 0) throw this.refusal(results, refused);
    if (results.length !== this.steps.length) throw unreadable(results.length, this.steps.length);
    return this.steps.map((step, index) => this.resultOf(step, results[index]));
  }

  private add(path: string, op: MultiOp): this {
    if (this.isCommitted) throw new BadArgumentsError({ message: 'the transaction is committed already', path });
    this.steps.push({ path, op });
    return this;
  }

  private close(): void {
    if (this.isCommitted) throw new BadArgumentsError({ message: 'the transaction is committed already' });
    this.isCommitted = true;
  }

  /** All results of a refused multi are errors: 0 before the refused one, its own, "rolled back" after it. */
  private refusal(results: readonly MultiResult[], index: number): TransactionError {
    const errors = this.steps.map(({ path, op }, at) => {
      const rc = results[at]?.err ?? ErrorCode.RUNTIMEINCONSISTENCY;
      return rc === ErrorCode.OK ? null : errorFromReply(rc, { path, op: opName(op.type) });
    });
    const cause = errors[index] ?? errorFromReply(results[index]?.err ?? ErrorCode.SYSTEMERROR, {});
    const { code, rc, path, op } = cause;
    const message = `transaction refused at operation ${index}: ${cause.message}`;
    return new TransactionError({ index, errors, code, rc, path, op, message, cause });
  }

  private resultOf({ path, op }: Step, result: MultiResult | undefined): TransactionResult {
    switch (result?.type) {
      case OpCode.create:
        return { type: 'create', path: this.made(result.body.path), stat: null };
      case OpCode.create2:
        return { type: 'create', path: this.made(result.body.path), stat: result.body.stat };
      case OpCode.setData:
        return { type: 'setData', path, stat: result.body.stat };
      default:
        return { type: op.type === OpCode.delete ? 'delete' : 'check', path };
    }
  }

  private made(path: string | null): string {
    return stripChroot(this.chroot, path ?? '');
  }
}

function unreadable(got: number, wanted: number): KeeperError {
  const text = `the answer to a transaction of ${wanted} operations has ${got} results`;
  return new KeeperError(
    { code: 'MARSHALLING_ERROR', rc: ErrorCode.MARSHALLINGERROR, text },
    { op: 'multi', ambiguous: true },
  );
}
