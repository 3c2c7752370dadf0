import type { KeeperClient } from '../../client/keeper-client.js';
import { KeeperError } from '../../client/errors.js';
import type { CleanupOutcome } from '../../client/operation-types.js';
import { onAbort } from '../../client/on-abort.js';
import { openController } from '../../client/open-controller.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { Timer } from '../../runtime/timers.js';
import { rememberHeld } from './held-paths.js';
import { LockLostError } from './lock-lost-error.js';
import type { LossReason } from './lock-lost-error.js';
import { isOfThisSession, removeOwnNode } from './own-node.js';
import type { OwnNode } from './own-node.js';
import type { RevocationWatch } from './revocation-watch.js';

/** What a holder does when the connection goes away while the session may live on. */
export type OnSuspended = 'abort' | 'wait-for-deadline';

/** When a hold is given up as the connection fails: always before the session can end. */
export interface GrantOptions {
  /** Default `wait-for-deadline`. */
  readonly onSuspended?: OnSuspended | undefined;
  /**
   * How long before the session can end the hold is given up, ms. At most half the session timeout counts. Default: a
   * tenth of the session timeout, at most 1 s.
   */
  readonly deadlineMarginMs?: number | undefined;
}

/** A contender that has become the first. */
export interface Winner {
  readonly node: OwnNode;
  /** Null when the lock cannot be asked back. */
  readonly revocation: RevocationWatch | null;
  /** Fencing token. Default: the node's czxid. */
  readonly token?: Zxid | undefined;
  /** How the node is deleted: of a name that others use as well, with more care. Never rejects. */
  readonly remove?: (() => Promise<CleanupOutcome>) | undefined;
}

const MARGIN_MAX_MS = 1000;
/** The default margin is this part of the session timeout. */
const MARGIN_PART = 10;
/** With more than half of the timeout as a margin, a hold would end between two pings. */
const MARGIN_PART_LARGEST = 2;

/**
 * The node that was first in line, and the watch over how long that can be relied on. Shared by the holds of one owner
 * that has entered several times. It ends once and for good.
 */
export class Grant {
  readonly node: OwnNode;
  readonly token: Zxid;
  readonly #client: KeeperClient;
  readonly #revocation: RevocationWatch | null;
  readonly #removeNode: () => Promise<CleanupOutcome>;
  readonly #options: GrantOptions;
  /** Made when somebody looks: most grants end by a release that nobody listens for. */
  #controller: AbortController | null = null;
  #ending: LossReason | null = null;
  readonly #leave: (() => void)[] = [];
  /** Made when somebody listens, and never aborted. */
  #silence: AbortController | null = null;
  #timer: Timer | null = null;
  #entries = 0;
  #isBeingRemoved = false;
  #emptied: () => void = () => undefined;

  constructor(client: KeeperClient, winner: Winner, options: GrantOptions) {
    const { node, revocation, token = node.czxid, remove = () => removeOwnNode(client, node) } = winner;
    this.#client = client;
    this.node = node;
    this.token = token;
    this.#revocation = revocation;
    this.#removeNode = remove;
    this.#options = options;
    if (!this.isHeld()) return;
    this.#leave.push(client.keepLease());
    this.#leave.push(rememberHeld(node.session, node.path));
    this.#leave.push(onAbort(node.session.signal, () => this.end('session-over')));
    if (options.onSuspended === 'abort') {
      const stateChanged = (): void => void this.isHeld();
      client.on('stateChanged', stateChanged);
      this.#leave.push(() => client.off('stateChanged', stateChanged));
    }
    if (revocation !== null) this.#leave.push(onAbort(revocation.deleted, () => this.end('node-deleted')));
    this.#watchDeadline();
  }

  get client(): KeeperClient {
    return this.#client;
  }

  /** Aborts when the grant ends; the reason is a LockLostError. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#ending !== null) this.#controller.abort(this.#lost(this.#ending));
    }
    return this.#controller.signal;
  }

  /** By loss or by release, as far as is known: {@link isHeld} looks. */
  get hasEnded(): boolean {
    return this.#ending !== null;
  }

  /** Aborts when somebody asks for the lock back. */
  get revokeRequested(): AbortSignal {
    return this.#revocation?.requested ?? (this.#silence ??= openController()).signal;
  }

  /** Ms for which no server can give the lock away, as known now; 0 when it has ended. */
  remainingMs(): number {
    return this.isHeld() ? this.#leftMs() : 0;
  }

  /** Looks at the clock and the session now, and ends the grant before it answers if they say so. */
  isHeld(): boolean {
    const lost = this.hasEnded ? null : this.#loss();
    if (lost !== null) this.end(lost);
    return !this.hasEnded;
  }

  /** Whether the node is ours, as far as can be known here: its session goes on, and we have not begun to delete it. */
  get standsForUs(): boolean {
    return !this.#isBeingRemoved && isOfThisSession(this.#client, this.node);
  }

  /** Asks the server whether the node is still there, and ends the grant if it is not. */
  async verify(): Promise<boolean> {
    if (!this.isHeld()) return false;
    const { stat } = await this.#client.exists(this.node.path);
    if (stat?.ephemeralOwner !== this.node.session.id) this.end('node-deleted');
    return this.isHeld();
  }

  enter(): void {
    this.#entries += 1;
  }

  /** Calls back when the last one is out, held or lost. */
  onEmptied(callback: () => void): void {
    this.#emptied = callback;
  }

  /** Takes the node of a lost grant out of the line in the background, though somebody is still in. */
  abandon(): void {
    void this.#remove();
  }

  /**
   * The last one out gives the lock back: resolves when the node is known to be gone or its session to be over. A grant
   * that was lost before has nothing to wait for: what may be left of it is removed in the background.
   */
  async exit(): Promise<void> {
    this.#entries -= 1;
    if (this.#entries > 0) return;
    this.#emptied();
    const wasHeld = this.isHeld();
    this.end('released');
    const removed = this.#remove();
    if (!wasHeld || (await removed) !== 'failed') return;
    throw new KeeperError(
      { code: 'RELEASE_FAILED', rc: ErrorCode.SYSTEMERROR, text: 'the node could not be deleted' },
      { path: this.node.path, op: 'release' },
    );
  }

  end(reason: LossReason): void {
    if (this.hasEnded) return;
    this.#ending = reason;
    this.#timer?.cancel();
    for (const leave of this.#leave) leave();
    this.#controller?.abort(this.#lost(reason));
  }

  #lost(reason: LossReason): LockLostError {
    return new LockLostError({ reason, path: this.node.path, token: this.token });
  }

  async #remove(): Promise<CleanupOutcome> {
    this.#isBeingRemoved = true;
    const outcome = await this.#removeNode();
    // Only now: deleting the node uses the watch up, and removing it beforehand would cost a round trip.
    await this.#revocation?.close();
    return outcome;
  }

  #loss(): LossReason | null {
    if (!isOfThisSession(this.#client, this.node)) return 'session-over';
    if (this.#options.onSuspended === 'abort' && this.#client.state !== 'connected') return 'suspended';
    return this.#leftMs() > 0 ? null : 'deadline-passed';
  }

  #leftMs(): number {
    const { negotiatedTimeoutMs, leaseDeadlineMs } = this.#client;
    const wantedMs = this.#options.deadlineMarginMs ?? Math.min(MARGIN_MAX_MS, negotiatedTimeoutMs / MARGIN_PART);
    const marginMs = Math.min(wantedMs, negotiatedTimeoutMs / MARGIN_PART_LARGEST);
    return leaseDeadlineMs - marginMs - this.#client.monotonicMs();
  }

  /** Each answer moves the deadline on, so the timer finds most times that there is more to wait for. */
  #watchDeadline(): void {
    if (!this.isHeld()) return;
    this.#timer = this.#client.runtime.timers.afterUnref(Math.max(1, this.#leftMs()), () => this.#watchDeadline());
  }
}
