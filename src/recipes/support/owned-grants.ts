import type { Grant } from './grant.js';
import { LocalGates } from './local-gate.js';

/** What each owner holds of one lock, so that it can enter again. */
export class OwnedGrants {
  /** The calls of one owner go through one at a time; locks that share an owner's turn share the gates. */
  readonly gates: LocalGates;
  readonly #grants = new Map<unknown, Grant>();

  constructor(gates = new LocalGates()) {
    this.gates = gates;
  }

  /** The owner's grant, or null when it has none that is still held. */
  of(owner: unknown): Grant | null {
    const grant = this.#grants.get(owner);
    if (grant === undefined) return null;
    if (grant.isHeld()) return grant;
    // Its session may live on, and then its node would stand before that of its own successor.
    grant.abandon();
    return null;
  }

  remember(owner: unknown, grant: Grant): void {
    this.#grants.set(owner, grant);
    grant.onEmptied(() => {
      if (this.#grants.get(owner) === grant) this.#grants.delete(owner);
    });
  }
}
