/** How often what happened. */
export class Tally {
  private readonly counts = new Map<string, number>();

  count(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  of(what: string): number {
    return this.counts.get(what) ?? 0;
  }

  add(other: Iterable<readonly [what: string, times: number]>): void {
    for (const [what, times] of other) this.count(what, times);
  }

  /** By name. */
  entries(): [what: string, times: number][] {
    return [...this.counts].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }
}
