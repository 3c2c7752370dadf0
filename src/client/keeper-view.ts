import type { Acl } from '../protocol/acl.js';
import { ErrorCode } from '../protocol/error-codes.js';
import { WatcherType } from '../protocol/event.js';
import { OpCode } from '../protocol/op-codes.js';
import type { RequestOf, RequestOp, ResponseOf } from '../protocol/request-codec.js';
import type { Stat } from '../protocol/stat.js';
import type { Zxid } from '../protocol/zxid.js';
import type { Runtime } from '../runtime/runtime.js';
import { aclOf, answerBytesOf, createRequest, czxidMaxOf, dataOf, serverPath, versionOf } from './arguments.js';
import { Call } from './call.js';
import { addChroot, stripChroot } from './chroot.js';
import type { ClientCore } from './client-core.js';
import type { ClientEventName, ClientListener } from './client-events.js';
import type { WaitOptions } from './client-options.js';
import { KeeperError } from './errors.js';
import type { Janitor } from './janitor.js';
import type { KeeperClient } from './keeper-client.js';
import type * as Operation from './operation-types.js';
import type { WatchableRead } from './operation.js';
import { createOperations, operations } from './operations.js';
import type { ClientState, Session } from './session.js';
import { readResult, textsOf } from './read-result.js';
import { TransactionBuilder } from './transaction-builder.js';
import type { ReadResult, Transaction } from './transaction-types.js';
import type { WatchKind } from './watch-event.js';
import type { WatchHandle } from './watch-handle.js';

const CONFIG_PATH = '/zookeeper/config';
/** One for all calls without options. */
const NO_OPTIONS = Object.freeze({});

export interface ViewParts {
  readonly core: ClientCore;
  readonly janitor: Janitor;
}

/** The operations of a session, on paths below a chroot. */
export class KeeperView implements KeeperClient {
  readonly chroot: string;
  protected readonly parts: ViewParts;

  constructor(parts: ViewParts, chroot: string) {
    this.parts = parts;
    this.chroot = chroot;
  }

  get state(): ClientState {
    return this.parts.core.driver.state;
  }

  get session(): Session {
    return this.parts.core.driver.session;
  }

  get sessionId(): bigint {
    return this.session.id;
  }

  get negotiatedTimeoutMs(): number {
    return this.parts.core.driver.timeoutMs;
  }

  get lastZxidSeen(): Zxid {
    return this.parts.core.driver.lastZxidSeen;
  }

  get leaseDeadlineMs(): number {
    return this.parts.core.driver.leaseDeadlineMs;
  }

  keepLease(): () => void {
    return this.parts.core.driver.keepLease();
  }

  get pendingCleanupCount(): number {
    return this.parts.janitor.pendingCount;
  }

  get runtime(): Runtime {
    return this.parts.core.options.runtime;
  }

  monotonicMs(): number {
    return this.parts.core.monotonicMs();
  }

  connected(options: WaitOptions = {}): Promise<void> {
    return this.parts.core.connected(options);
  }

  create(
    path: string,
    data: Operation.NodeData = null,
    options: Operation.CreateOptions = NO_OPTIONS,
  ): Promise<Operation.CreateResult> {
    try {
      const { op, body } = createRequest(this.chroot, { path, data }, options);
      return this.parts.core.submit(new Call(createOperations[op], path, this.chroot), body, options);
    } catch (error) {
      return refused(error);
    }
  }

  delete(path: string, options: Operation.VersionOptions = NO_OPTIONS): Promise<void> {
    try {
      const version = versionOf(options.version, path);
      // The root is refused by every server; prefixed it would name the chroot (client-protocol 11.1).
      const target = path === '/' ? path : serverPath(this.chroot, path);
      const call = new Call(operations.delete, path, this.chroot);
      return this.parts.core.submit(call, { path: target, version }, options);
    } catch (error) {
      return refused(error);
    }
  }

  exists(path: string, options: Operation.WatchedReadOptions): Promise<Operation.ExistsResult & Operation.Watched>;
  exists(path: string, options?: Operation.ReadOptions): Promise<Operation.ExistsResult>;
  exists(path: string, options: Operation.ReadOptions = NO_OPTIONS): Promise<Operation.ExistsResult> {
    return this.read(operations.exists, path, options);
  }

  getData(path: string, options: Operation.WatchedReadOptions): Promise<Operation.DataResult & Operation.Watched>;
  getData(path: string, options?: Operation.ReadOptions): Promise<Operation.DataResult>;
  getData(path: string, options: Operation.ReadOptions = NO_OPTIONS): Promise<Operation.DataResult> {
    return this.read(operations.getData, path, options);
  }

  setData(path: string, data: Operation.NodeData, options: Operation.VersionOptions = NO_OPTIONS): Promise<Stat> {
    try {
      const version = versionOf(options.version, path);
      const body = { path: serverPath(this.chroot, path), data: dataOf(data, path), version };
      return this.parts.core.submit(new Call(operations.setData, path, this.chroot), body, options);
    } catch (error) {
      return refused(error);
    }
  }

  getChildren(
    path: string,
    options: Operation.WatchedReadOptions,
  ): Promise<Operation.ChildrenResult & Operation.Watched>;
  getChildren(path: string, options?: Operation.ReadOptions): Promise<Operation.ChildrenResult>;
  getChildren(path: string, options: Operation.ReadOptions = NO_OPTIONS): Promise<Operation.ChildrenResult> {
    return this.read(operations.getChildren, path, options);
  }

  async getAcl(path: string, options: WaitOptions = {}): Promise<Operation.AclResult> {
    const body = { path: serverPath(this.chroot, path) };
    const { acl, stat } = await this.request(OpCode.getACL, body, { path, wait: options });
    return { acl: acl ?? [], stat };
  }

  async setAcl(path: string, acl: readonly Acl[], options: Operation.VersionOptions = {}): Promise<Stat> {
    const version = versionOf(options.version, path);
    const body = { path: serverPath(this.chroot, path), acl: aclOf(acl, path), version };
    return (await this.request(OpCode.setACL, body, { path, wait: options })).stat;
  }

  async sync(path: string, options: WaitOptions = {}): Promise<void> {
    await this.request(OpCode.sync, { path: serverPath(this.chroot, path) }, { path, wait: options });
  }

  async getEphemerals(prefix = '/', options: WaitOptions = {}): Promise<string[]> {
    const prefixPath = addChroot(this.chroot, prefix);
    const { ephemerals } = await this.request(OpCode.getEphemerals, { prefixPath }, { path: prefix, wait: options });
    // The server compares text, so a sibling of the chroot may match: `/app` is the beginning of `/apple/x` too.
    const below = `${this.chroot}/`;
    return textsOf(ephemerals)
      .filter((path) => path.startsWith(below))
      .map((path) => stripChroot(this.chroot, path));
  }

  async getAllChildrenNumber(path: string, options: WaitOptions = {}): Promise<number> {
    const body = { path: serverPath(this.chroot, path) };
    return (await this.request(OpCode.getAllChildrenNumber, body, { path, wait: options })).totalNumber;
  }

  async whoAmI(options: WaitOptions = {}): Promise<Operation.Identity[]> {
    const { clientInfo } = await this.request(OpCode.whoAmI, {}, { path: null, wait: options });
    return (clientInfo ?? []).map(({ authScheme, user }) => ({ scheme: authScheme ?? '', id: user ?? '' }));
  }

  getConfig(options: Operation.WatchedReadOptions): Promise<Operation.DataResult & Operation.Watched>;
  getConfig(options?: Operation.ReadOptions): Promise<Operation.DataResult>;
  getConfig(options: Operation.ReadOptions = {}): Promise<Operation.DataResult> {
    return (this.chroot === '' ? this : new KeeperView(this.parts, '')).getData(CONFIG_PATH, options);
  }

  async reconfig(change: Operation.ReconfigSpec, options: WaitOptions = {}): Promise<{ config: string; stat: Stat }> {
    const body = {
      joiningServers: change.joining ?? null,
      leavingServers: change.leaving ?? null,
      newMembers: change.members ?? null,
      curConfigId: BigInt(change.configId ?? -1),
    };
    const { data, stat } = await this.request(OpCode.reconfig, body, { path: CONFIG_PATH, wait: options });
    return { config: data?.toString('utf8') ?? '', stat };
  }

  async multiRead(ops: readonly Operation.ReadOp[], options: WaitOptions = {}): Promise<ReadResult[]> {
    if (ops.length === 0) return [];
    const list = ops.map(({ type, path }) => ({
      type: OpCode[type],
      err: -1,
      body: { path: serverPath(this.chroot, path), watch: false },
    }));
    const { results } = await this.request(OpCode.multiRead, { ops: list }, { path: null, wait: options });
    return ops.map((op, index) => readResult(op, results[index]));
  }

  transaction(): Transaction {
    return new TransactionBuilder(this.parts.core, this.chroot);
  }

  async addWatch(path: string, options: Operation.AddWatchOptions = {}): Promise<WatchHandle> {
    const target = serverPath(this.chroot, path);
    const { watches } = this.parts.core.driver;
    const intent = watches.intend(options.recursive === true ? 'recursive' : 'persistent', target, this.chroot);
    const call = { path, wait: options, hook: intent.hook };
    await this.request(OpCode.addWatch, { path: target, mode: intent.mode }, call);
    return intent.watch;
  }

  async checkWatches(
    path: string,
    options: WaitOptions & { kind?: 'any' | 'data' | 'children' } = {},
  ): Promise<boolean> {
    const body = { path: serverPath(this.chroot, path), type: WatcherType[options.kind ?? 'any'] };
    try {
      await this.request(OpCode.checkWatches, body, { path, wait: options });
      return true;
    } catch (error) {
      if (error instanceof KeeperError && error.rc === ErrorCode.NOWATCHER) return false;
      throw error;
    }
  }

  addAuth(scheme: string, auth: string | Uint8Array, options: WaitOptions = {}): Promise<void> {
    return this.parts.core.addAuth({ scheme, auth }, options);
  }

  async guaranteedDelete(
    path: string,
    options: Operation.GuaranteedDeleteOptions = {},
  ): Promise<Operation.CleanupOutcome> {
    const version = versionOf(options.version, path);
    return this.parts.janitor.delete({
      path: serverPath(this.chroot, path),
      version,
      sessionId: options.sessionId ?? null,
      czxidMax: czxidMaxOf(options.czxidMax, path),
    });
  }

  withChroot(path: string): KeeperClient {
    const chroot = path === '/' ? this.chroot : serverPath(this.chroot, path);
    return new KeeperView(this.parts, chroot);
  }

  on<Name extends ClientEventName>(event: Name, listener: ClientListener<Name>): this {
    this.parts.core.driver.emitter.on(event, listener);
    return this;
  }

  once<Name extends ClientEventName>(event: Name, listener: ClientListener<Name>): this {
    this.parts.core.driver.emitter.once(event, listener);
    return this;
  }

  off<Name extends ClientEventName>(event: Name, listener: ClientListener<Name>): this {
    this.parts.core.driver.emitter.off(event, listener);
    return this;
  }

  private request<Op extends RequestOp>(
    op: Op,
    body: RequestOf<Op>,
    call: Parameters<ClientCore['request']>[2],
  ): Promise<ResponseOf<Op>> {
    return this.parts.core.request(op, body, call);
  }

  private read<Result>(
    operation: WatchableRead<Result>,
    path: string,
    options: Operation.ReadOptions,
  ): Promise<Result> {
    try {
      const target = serverPath(this.chroot, path);
      const call = new Call(operation, path, this.chroot);
      if (options.answerBytesMax !== undefined) call.answerBytesMax = answerBytesOf(options.answerBytesMax, path);
      const watch = options.watch === true && this.intend(call, operation.kind, target);
      return this.parts.core.submit(call, { path: target, watch }, options);
    } catch (error) {
      return refused(error);
    }
  }

  /** Announces the watch that the read sets; true when the server is to be asked for it. */
  private intend(call: Call, kind: WatchKind, target: string): boolean {
    call.intent = this.parts.core.driver.watches.intend(kind, target, this.chroot);
    call.hook = call.intent.hook;
    return call.intent.onWire;
  }
}

/** What an async function does with what is thrown in it. */
async function refused(error: unknown): Promise<never> {
  throw error;
}
