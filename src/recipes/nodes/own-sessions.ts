/** Sessions older than these are long over. */
const KEPT_MAX = 16;

/** The sessions in which a recipe has made, or may have made, ephemeral nodes: what they own is its own. */
export class OwnSessions {
  readonly #ids = new Set<bigint>();

  /** The id of no session is ignored. */
  add(id: bigint): void {
    if (id === 0n) return;
    this.#ids.delete(id);
    this.#ids.add(id);
    if (this.#ids.size <= KEPT_MAX) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }

  has(id: bigint): boolean {
    return this.#ids.has(id);
  }
}
