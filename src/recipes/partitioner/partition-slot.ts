import type { KeeperClient } from '../../client/keeper-client.js';
import type { CleanupOutcome } from '../../client/operation-types.js';
import { onAbort } from '../../client/on-abort.js';
import type { Acl } from '../../protocol/acl.js';
import type { Timer } from '../../runtime/timers.js';
import { claim } from '../support/claim.js';
import type { ClaimOutcome } from '../support/claim.js';
import { Grant } from '../support/grant.js';
import type { GrantOptions } from '../support/grant.js';
import { Latest } from '../support/latest.js';
import { NodeWatch } from '../support/node-watch.js';
import type { OwnNode } from '../support/own-node.js';
import { claimRemoval, removeClaim } from '../support/remove-claim.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { Assignment } from './assignment.js';
import type { ClaimRecord } from './records.js';

export interface SlotParts {
  readonly client: KeeperClient;
  readonly partition: string;
  /** Of the claim's node. */
  readonly path: string;
  readonly member: string;
  readonly incarnation: string;
  readonly drainMs: number;
  readonly restMs: number;
  readonly grant: GrantOptions;
  readonly acl: readonly Acl[] | undefined;
  readonly parentAcl: readonly Acl[] | undefined;
  /** Something has changed that the worker must look at. */
  readonly changed: () => void;
  /** The partition was taken away though whoever works on it has not stopped. */
  readonly overran: () => void;
}

/**
 * One partition as one worker sees it. `free`: not ours; `held`: claimed; `draining`: not ours any more, while the user is
 * at it and the claim still stands; `overrun`: the claim is gone, the user is at it all the same; `leaving`: the user has
 * stopped, and the claim is being deleted.
 */
type Phase = 'free' | 'held' | 'draining' | 'overrun' | 'leaving';

export class PartitionSlot {
  readonly #parts: SlotParts;
  readonly #phase = new Latest<Phase>('free');
  readonly #watch: NodeWatch;
  #restsUntilMs = -Infinity;
  #grant: Grant | null = null;
  #drainTimer: Timer | null = null;
  /** Deletes the claim, once. */
  #remove: () => Promise<CleanupOutcome> = () => Promise.resolve('missing');
  #isClosed = false;

  constructor(parts: SlotParts) {
    this.#parts = parts;
    this.#watch = new NodeWatch(parts.client, parts.path, parts.changed);
  }

  get isHeld(): boolean {
    return this.#phase.value === 'held';
  }

  /** Nobody here works on it. */
  get isFree(): boolean {
    return this.#phase.value === 'free';
  }

  /** Ms until it may be claimed again, after its user gave it back without being asked to. */
  restMs(nowMs: number): number {
    return Math.max(0, this.#restsUntilMs - nowMs);
  }

  /** The partition, if nobody else has it; otherwise `changed` is called when it may be free. */
  async claim(signal: AbortSignal): Promise<Assignment | null> {
    // While the watch stands, the claim is another's, and its end will be told.
    if (!this.isFree || this.#watch.stands || this.#isClosed) return null;
    const { client, path, member, incarnation, acl, parentAcl } = this.#parts;
    const record: ClaimRecord = { member, incarnation, token: client.runtime.random.uuid() };
    const budget = new WaitBudget(client, { signal }, `claim ${path}`);
    const data = Buffer.from(JSON.stringify(record));
    return budget.settle(
      claim(client, budget, { path, data, acl, parentAcl }).then((outcome) => this.#decide(outcome, signal)),
    );
  }

  /** Another worker is to have it: the user is told, and has `drainMs` to stop. */
  revoke(): void {
    this.#grant?.end('rebalance');
  }

  /** It is of no interest any more. */
  async forget(): Promise<void> {
    await this.#watch.close();
  }

  /** Revokes it, and resolves when nobody here works on it, or its time to drain is over. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.revoke();
    for await (const phase of this.#phase) if (phase === 'free' || phase === 'overrun') break;
    if (this.#phase.value === 'overrun') await this.#remove();
    await this.#watch.close();
  }

  async #decide(outcome: ClaimOutcome, signal: AbortSignal): Promise<Assignment | null> {
    if (outcome.kind === 'ours') return this.#hold(outcome.node);
    // Also if it was ours, in a session that is over: by the time we had it deleted, the next one's may stand there.
    if ((await this.#watch.read(signal)) === null) this.#parts.changed();
    return null;
  }

  #hold(node: OwnNode): Assignment | null {
    const { client, partition, grant: options, changed } = this.#parts;
    if (this.#isClosed) {
      void removeClaim(client, node);
      return null;
    }
    const remove = claimRemoval(client, node);
    this.#remove = remove;
    const grant = new Grant(client, { node, revocation: null, remove }, options);
    const assignment = new Assignment(grant, partition);
    this.#grant = grant;
    this.#phase.set('held');
    grant.onEmptied(() => void this.#settled(grant, remove));
    onAbort(grant.signal, () => this.#drain(grant));
    changed();
    return assignment;
  }

  /** Lost or revoked: the claim stays until the user has stopped, but not for ever. */
  #drain(grant: Grant): void {
    if (this.#grant !== grant || this.#phase.value !== 'held') return;
    const { client, drainMs, overran, changed } = this.#parts;
    this.#phase.set('draining');
    this.#drainTimer = client.runtime.timers.after(drainMs, () => {
      grant.abandon();
      this.#phase.set('overrun');
      overran();
    });
    changed();
  }

  /** The user has given it back: it can be claimed again when the claim is gone. */
  async #settled(grant: Grant, remove: () => Promise<CleanupOutcome>): Promise<void> {
    if (this.#grant !== grant) return;
    const { client, restMs, changed } = this.#parts;
    if (!grant.signal.aborted) this.#restsUntilMs = client.monotonicMs() + restMs;
    this.#drainTimer?.cancel();
    this.#grant = null;
    this.#phase.set('leaving');
    await remove();
    this.#phase.set('free');
    changed();
  }
}
