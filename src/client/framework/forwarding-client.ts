import type { Acl } from '../../protocol/acl.js';
import type { Stat } from '../../protocol/stat.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { Runtime } from '../../runtime/runtime.js';
import type { ClientEventName, ClientListener } from '../client-events.js';
import type { WaitOptions } from '../client-options.js';
import type { KeeperClient } from '../keeper-client.js';
import type * as Operation from '../operation-types.js';
import type { ClientState, Session } from '../session.js';
import type { ReadResult, Transaction } from '../transaction-types.js';
import type { WatchHandle } from '../watch-handle.js';

/** A client that leaves everything to another. For subclasses that do some of it differently. */
export abstract class ForwardingClient implements KeeperClient {
  protected readonly inner: KeeperClient;

  constructor(inner: KeeperClient) {
    this.inner = inner;
  }

  get state(): ClientState {
    return this.inner.state;
  }

  get session(): Session {
    return this.inner.session;
  }

  get sessionId(): bigint {
    return this.inner.sessionId;
  }

  get negotiatedTimeoutMs(): number {
    return this.inner.negotiatedTimeoutMs;
  }

  get lastZxidSeen(): Zxid {
    return this.inner.lastZxidSeen;
  }

  get leaseDeadlineMs(): number {
    return this.inner.leaseDeadlineMs;
  }

  get pendingCleanupCount(): number {
    return this.inner.pendingCleanupCount;
  }

  get runtime(): Runtime {
    return this.inner.runtime;
  }

  get chroot(): string {
    return this.inner.chroot;
  }

  keepLease(): () => void {
    return this.inner.keepLease();
  }

  monotonicMs(): number {
    return this.inner.monotonicMs();
  }

  connected(options?: WaitOptions): Promise<void> {
    return this.inner.connected(options);
  }

  create(path: string, data?: Operation.NodeData, options?: Operation.CreateOptions): Promise<Operation.CreateResult> {
    return this.inner.create(path, data, options);
  }

  delete(path: string, options?: Operation.VersionOptions): Promise<void> {
    return this.inner.delete(path, options);
  }

  exists(path: string, options: Operation.WatchedReadOptions): Promise<Operation.ExistsResult & Operation.Watched>;
  exists(path: string, options?: Operation.ReadOptions): Promise<Operation.ExistsResult>;
  exists(path: string, options?: Operation.ReadOptions): Promise<Operation.ExistsResult> {
    return this.inner.exists(path, options);
  }

  getData(path: string, options: Operation.WatchedReadOptions): Promise<Operation.DataResult & Operation.Watched>;
  getData(path: string, options?: Operation.ReadOptions): Promise<Operation.DataResult>;
  getData(path: string, options?: Operation.ReadOptions): Promise<Operation.DataResult> {
    return this.inner.getData(path, options);
  }

  setData(path: string, data: Operation.NodeData, options?: Operation.VersionOptions): Promise<Stat> {
    return this.inner.setData(path, data, options);
  }

  getChildren(
    path: string,
    options: Operation.WatchedReadOptions,
  ): Promise<Operation.ChildrenResult & Operation.Watched>;
  getChildren(path: string, options?: Operation.ReadOptions): Promise<Operation.ChildrenResult>;
  getChildren(path: string, options?: Operation.ReadOptions): Promise<Operation.ChildrenResult> {
    return this.inner.getChildren(path, options);
  }

  getAcl(path: string, options?: WaitOptions): Promise<Operation.AclResult> {
    return this.inner.getAcl(path, options);
  }

  setAcl(path: string, acl: readonly Acl[], options?: Operation.VersionOptions): Promise<Stat> {
    return this.inner.setAcl(path, acl, options);
  }

  sync(path: string, options?: WaitOptions): Promise<void> {
    return this.inner.sync(path, options);
  }

  getEphemerals(prefix?: string, options?: WaitOptions): Promise<string[]> {
    return this.inner.getEphemerals(prefix, options);
  }

  getAllChildrenNumber(path: string, options?: WaitOptions): Promise<number> {
    return this.inner.getAllChildrenNumber(path, options);
  }

  whoAmI(options?: WaitOptions): Promise<Operation.Identity[]> {
    return this.inner.whoAmI(options);
  }

  getConfig(options: Operation.WatchedReadOptions): Promise<Operation.DataResult & Operation.Watched>;
  getConfig(options?: Operation.ReadOptions): Promise<Operation.DataResult>;
  getConfig(options?: Operation.ReadOptions): Promise<Operation.DataResult> {
    return this.inner.getConfig(options);
  }

  reconfig(change: Operation.ReconfigSpec, options?: WaitOptions): Promise<{ config: string; stat: Stat }> {
    return this.inner.reconfig(change, options);
  }

  multiRead(ops: readonly Operation.ReadOp[], options?: WaitOptions): Promise<ReadResult[]> {
    return this.inner.multiRead(ops, options);
  }

  transaction(): Transaction {
    return this.inner.transaction();
  }

  addWatch(path: string, options?: Operation.AddWatchOptions): Promise<WatchHandle> {
    return this.inner.addWatch(path, options);
  }

  checkWatches(path: string, options?: WaitOptions & { kind?: 'any' | 'data' | 'children' }): Promise<boolean> {
    return this.inner.checkWatches(path, options);
  }

  addAuth(scheme: string, auth: string | Uint8Array, options?: WaitOptions): Promise<void> {
    return this.inner.addAuth(scheme, auth, options);
  }

  guaranteedDelete(path: string, options?: Operation.GuaranteedDeleteOptions): Promise<Operation.CleanupOutcome> {
    return this.inner.guaranteedDelete(path, options);
  }

  abstract withChroot(path: string): KeeperClient;

  on<Name extends ClientEventName>(event: Name, listener: ClientListener<Name>): this {
    this.inner.on(event, listener);
    return this;
  }

  once<Name extends ClientEventName>(event: Name, listener: ClientListener<Name>): this {
    this.inner.once(event, listener);
    return this;
  }

  off<Name extends ClientEventName>(event: Name, listener: ClientListener<Name>): this {
    this.inner.off(event, listener);
    return this;
  }
}
