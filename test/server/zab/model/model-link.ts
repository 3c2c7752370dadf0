import type { Zxid } from '../../../../src/protocol/zxid.js';
import type { Entry } from '../../../../src/server/zab/entry.js';
import type { SeededRandom } from '../../../support/seeded-random.js';

export interface Message {
  readonly type: number;
  readonly zxid: Zxid;
  readonly data: Buffer | null;
  /** The tree that follows a SNAP. */
  readonly tree?: readonly Entry[];
}

/** One end of a connection. */
export interface Endpoint {
  received(message: Message): void;
  /** The other end has closed, or the connection is broken. */
  broken(): void;
  /** Packets are to wait. */
  readonly isBusy: boolean;
}

class Direction {
  readonly queue: Message[] = [];
  to: Endpoint | null = null;
  isClosed = false;
  /** Nothing comes through for now, not even the end. */
  isStalled = false;

  get isReady(): boolean {
    return this.to !== null && !this.isStalled && !this.to.isBusy && (this.isClosed || this.queue.length > 0);
  }
}

/** A connection of the quorum port: first in, first out, each way. What is under way when it breaks may still arrive. */
export class ModelLink {
  readonly toLeader = new Direction();
  readonly toLearner = new Direction();

  send(direction: Direction, message: Message): void {
    if (!direction.isClosed) direction.queue.push(message);
  }

  /** Nothing that is sent from now on arrives; of what is under way, some. */
  break(random: SeededRandom): void {
    for (const direction of [this.toLeader, this.toLearner]) {
      if (direction.isClosed) continue;
      direction.isClosed = true;
      direction.queue.length = random.below(direction.queue.length + 1);
    }
  }

  get ready(): Direction[] {
    return [this.toLeader, this.toLearner].filter(({ isReady }) => isReady);
  }

  /** One message, or the end. */
  deliver(direction: Direction): void {
    const { to } = direction;
    const message = direction.queue.shift();
    if (message !== undefined) return to?.received(message);
    direction.to = null;
    to?.broken();
  }

  get isOver(): boolean {
    return this.toLeader.to === null && this.toLearner.to === null;
  }
}
