/** One node, seen as a register. */
export interface Register {
  readonly isPresent: boolean;
  readonly data: string | null;
  readonly version: number;
  /** 0n: none. */
  readonly owner: bigint;
}

export const ABSENT: Register = { isPresent: false, data: null, version: 0, owner: 0n };

/** Something done to a register at one moment between `from` and `to`. */
export interface RegisterOp {
  readonly from: number;
  readonly to: number;
  /** What the register is afterwards, or null where the answer that was given contradicts this state. */
  readonly apply: (before: Register) => Register | null;
  /** Never changes the register. */
  readonly isRead: boolean;
  readonly title: string;
  readonly events: readonly number[];
}

export type SearchResult =
  | { readonly kind: 'linearizable' }
  /** The search was given up: too many orders are possible. */
  | { readonly kind: 'undecided' }
  | { readonly kind: 'impossible'; readonly stuckAt: RegisterOp };

/**
 * Looks for an order of the operations that respects their times and explains every answer: the search of Wing and Gong, with
 * the states that it has met remembered. `optional` ones may also never happen. It knows nothing of zxids: a server whose
 * numbers agree with each other and with nothing else is found out here.
 */
export function searchOrder(
  required: readonly RegisterOp[],
  optional: readonly RegisterOp[],
  limits: { readonly statesMax: number },
): SearchResult {
  return new Search(required, optional, limits.statesMax).run();
}

interface Position {
  readonly state: Register;
  /** All required operations before it are done. */
  readonly next: number;
  /** Required operations after `next`, and optional ones, that are done. */
  readonly ahead: ReadonlySet<RegisterOp>;
}

class Search {
  private readonly required: readonly RegisterOp[];
  private readonly optional: readonly RegisterOp[];
  private readonly statesMax: number;
  private readonly numbers = new Map<RegisterOp, number>();
  private readonly met = new Set<string>();
  private furthest = 0;

  constructor(required: readonly RegisterOp[], optional: readonly RegisterOp[], statesMax: number) {
    this.required = [...required].sort((a, b) => a.from - b.from);
    this.optional = optional;
    this.statesMax = statesMax;
    [...this.required, ...optional].forEach((op, at) => this.numbers.set(op, at));
  }

  run(): SearchResult {
    const open: Position[] = [{ state: ABSENT, next: 0, ahead: new Set() }];
    for (let position = open.pop(); position !== undefined; position = open.pop()) {
      const at = this.readAll(position);
      if (at.next === this.required.length) return { kind: 'linearizable' };
      const key = this.keyOf(at);
      if (this.met.has(key)) continue;
      this.met.add(key);
      if (this.met.size > this.statesMax) return { kind: 'undecided' };
      this.furthest = Math.max(this.furthest, at.next);
      // Last in, first out: what was answered first is tried first, and what nobody answered when nothing else fits.
      const followers = [...this.branches(at, this.optional), ...this.branches(at, this.enabled(at)).reverse()];
      open.push(...followers);
    }
    return { kind: 'impossible', stuckAt: this.required[this.furthest] as RegisterOp };
  }

  /** A read that fits where we are may as well be done here: it changes nothing. */
  private readAll(from: Position): Position {
    let at = from;
    for (;;) {
      const read = this.enabled(at).find((op) => op.isRead && op.apply(at.state) !== null);
      if (read === undefined) return at;
      at = this.done(at, read, at.state);
    }
  }

  /** Required operations that nothing undone has to precede. */
  private enabled({ next, ahead }: Position): RegisterOp[] {
    const enabled: RegisterOp[] = [];
    let firstReturn = Infinity;
    for (let at = next; at < this.required.length; at++) {
      const op = this.required[at] as RegisterOp;
      if (op.from > firstReturn) break;
      if (ahead.has(op)) continue;
      enabled.push(op);
      firstReturn = Math.min(firstReturn, op.to);
    }
    return enabled.filter(({ from }) => from < firstReturn).sort((a, b) => a.to - b.to);
  }

  private branches(at: Position, ops: readonly RegisterOp[]): Position[] {
    const firstReturn = Math.min(...this.enabled(at).map(({ to }) => to));
    const branches: Position[] = [];
    for (const op of ops) {
      if (at.ahead.has(op) || op.from > firstReturn) continue;
      const state = op.apply(at.state);
      if (state !== null) branches.push(this.done(at, op, state));
    }
    return branches;
  }

  private done({ next, ahead }: Position, op: RegisterOp, state: Register): Position {
    const nowAhead = new Set(ahead).add(op);
    let now = next;
    for (;;) {
      const first = this.required[now];
      if (first === undefined || !nowAhead.delete(first)) return { state, next: now, ahead: nowAhead };
      now++;
    }
  }

  private keyOf({ state, next, ahead }: Position): string {
    const numbers = [...ahead].map((op) => this.numbers.get(op)).sort();
    const { isPresent, data, version, owner } = state;
    return `${next} ${numbers.join()} ${isPresent ? `${version} ${owner} ${data}` : 'absent'}`;
  }
}
