import type { ConnectionState } from './connection-states.js';

/** As many as Curator keeps. */
const STATES_MAX = 25;

/** States on their way to a reader who is not always there. When there are too many, LOST (if among them) and the newest remain. */
export class StateStream {
  #states: ConnectionState[] = [];
  #isEnded = false;
  #wake: () => void = () => undefined;

  push(state: ConnectionState): void {
    if (this.#isEnded) return;
    if (this.#states.length >= STATES_MAX) this.#states = this.#states.includes('LOST') ? ['LOST'] : [];
    this.#states.push(state);
    this.#wake();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  async next(): Promise<IteratorResult<ConnectionState, undefined>> {
    for (;;) {
      const state = this.#isEnded ? undefined : this.#states.shift();
      if (state !== undefined) return { done: false, value: state };
      if (this.#isEnded) return { done: true, value: undefined };
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
