import { NoNodeError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { WatchHandle } from '../../client/watch-handle.js';
import { childOf } from '../../protocol/paths.js';
import { isHeldHere } from './held-paths.js';
import type { Contenders, Line } from './line.js';
import { orAbort } from '../../client/support/or-abort.js';
import { isOfThisSession } from './own-node.js';
import type { OwnNode } from './own-node.js';
import { retry } from '../../client/support/retry.js';
import { parseSequence, placeOf, SEQUENCE_WORN, sortKey } from './sequencer.js';
import type { Place, PlaceRule } from './sequencer.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';
import { warnOnce } from '../../client/support/warn-once.js';

/** A node in its line. */
export interface Standing {
  readonly line: Line;
  readonly node: OwnNode;
  /** Whom it waits for. Default: everybody before it. */
  readonly rule?: PlaceRule | undefined;
  /** The line is a step of something greater: nobody can enter it twice by an owner. */
  readonly isStep?: boolean | undefined;
}

/** Hands out the list that was asked for when the node was being made: once, so that no wait keeps a line in memory. */
export type TakeAsked = () => Promise<Contenders> | null;
const NOT_ASKED: TakeAsked = () => null;

/** One contender's waiting for its turn. */
export class Turn {
  readonly #client: KeeperClient;
  readonly #budget: WaitBudget;
  readonly #standing: Standing;

  constructor(client: KeeperClient, budget: WaitBudget, standing: Standing) {
    this.#client = client;
    this.#budget = budget;
    this.#standing = standing;
  }

  /**
   * Waits until nobody is before the node whom it waits for. Watches nothing but the nearest node ahead, so that one departure
   * wakes one waiter. `missing`: the node is gone or belongs to a session that is over; start over with a new one.
   */
  async wait(takeAsked: TakeAsked): Promise<'first' | 'missing'> {
    let place = await this.look(takeAsked);
    while (place.kind === 'behind') {
      const { ahead } = place;
      const predecessor = childOf(this.#standing.line.path, place.predecessor);
      this.#budget.noteProgress(() => this.#describe(predecessor, ahead));
      await this.#sleep(predecessor);
      place = await this.look();
    }
    return place.kind;
  }

  /** Lists the line and finds the node's place. */
  async look(takeAsked: TakeAsked = NOT_ASKED): Promise<Place> {
    const { line, node, rule = placeOf } = this.#standing;
    const asked = takeAsked();
    const contenders = await line.list(this.#budget, asked);
    if (!isOfThisSession(this.#client, node)) return { kind: 'missing' };
    const place = rule(node.name, contenders);
    // A connection that broke in between may have separated the two.
    if (place.kind === 'missing' && asked !== null) return this.look();
    warnOfOddities(this.#standing, place);
    return place;
  }

  /**
   * Until `predecessor` may have changed or the session is over. Says nothing about what happened: whoever wakes looks
   * again. A broken connection is no reason to wake: the client watches on over it, and a whole line would wake at once.
   */
  async #sleep(predecessor: string): Promise<void> {
    const watch = await this.#watched(predecessor);
    if (watch === null) return;
    try {
      // The session may have ended while the read was under way; the watch is of the next one, and would tell nothing.
      if (isOfThisSession(this.#client, this.#standing.node)) await orAbort(watch.fired, this.#budget.signal);
    } finally {
      // Not waited for: whoever leaves the line waits for an answer that comes after this one.
      void watch.close();
    }
  }

  async #watched(path: string): Promise<WatchHandle | null> {
    try {
      // getData and not exists: on a node that is gone it leaves no watch.
      const read = (wait: { signal: AbortSignal }) => this.#client.getData(path, { watch: true, ...wait });
      return (await retry(this.#client, this.#budget, read)).watch;
    } catch (error) {
      if (error instanceof NoNodeError) return null;
      throw error;
    }
  }

  #describe(predecessor: string, ahead: number): string {
    const hint =
      this.#standing.isStep !== true && isHeldHere(this.#client, predecessor)
        ? '; this client holds it itself: to enter a lock twice, give both calls the same owner'
        : '';
    return `waiting behind ${predecessor}, ${ahead} ahead${hint}`;
  }
}

function warnOfOddities({ line, node }: Standing, place: Place): void {
  const sequence = parseSequence(sortKey(node.name, line.lockName));
  if (sequence !== null && sequence > SEQUENCE_WORN) {
    const text = `sequence number ${sequence} below ${line.path} nears 2147483647, where Java clients lose the order`;
    warnOnce('PINFOLD_SEQUENCE_WORN', line.path, `${text}: delete the empty path to start again at 0`);
  }
  if (place.kind !== 'behind' || parseSequence(sortKey(place.predecessor, line.lockName)) !== null) return;
  const text = `${childOf(line.path, place.predecessor)} is no contender of this lock and yet stands in its line`;
  warnOnce('PINFOLD_FOREIGN_CHILD', line.path, `${text}, for Curator as for pinfold; nobody passes it`);
}
