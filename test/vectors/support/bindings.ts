/**
 * What the recorded run and this run call differently: session ids, passwords, zxids. A recorded value must stand for one
 * value of this run wherever it appears, and zxids must keep their order.
 */
export class Bindings {
  readonly #sessions = new TwoWay('session id');
  readonly #passwords = new TwoWay('password');
  /** Zxids of changes, recorded to ours. */
  readonly #changes = new Map<bigint, bigint>();
  /** The last zxid that a reply of this run carried where the recorded one did. */
  readonly #seen = new Map<bigint, bigint>();

  bindSession(recorded: string, ours: string): string | null {
    return this.#sessions.bind(recorded, ours);
  }

  bindPassword(recorded: string, ours: string): string | null {
    return this.#passwords.bind(recorded, ours);
  }

  /** Our session id for a recorded one; the recorded one itself for ids that no server gave out. */
  session(recorded: string): string {
    return this.#sessions.get(recorded) ?? recorded;
  }

  password(recorded: string): string {
    return this.#passwords.get(recorded) ?? recorded;
  }

  get sessionPairs(): ReadonlyMap<string, string> {
    return this.#sessions.pairs;
  }

  /** Notes the zxid of one change; a description of what does not fit, else null. */
  bindChange(recorded: string, ours: string): string | null {
    const [theirZxid, ourZxid] = [BigInt(recorded), BigInt(ours)];
    const known = this.#changes.get(theirZxid);
    if (known !== undefined) {
      return known === ourZxid
        ? null
        : `zxid ${ours}, which was ${known} where the recorded one was ${recorded} before`;
    }
    for (const [theirs, mine] of this.#changes) {
      if (theirs < theirZxid === mine < ourZxid && mine !== ourZxid) continue;
      return `zxid ${ours} for the recorded ${recorded} is out of order: ${mine} stands for ${theirs}`;
    }
    this.#changes.set(theirZxid, ourZxid);
    return null;
  }

  sawZxid(recorded: string, ours: string): void {
    this.#seen.set(BigInt(recorded), BigInt(ours));
  }

  /**
   * What a client of this run would send where the recorded one sent this zxid: the newest it has seen by then. A zxid
   * that the recorded server had not reached stays as it is: it is meant to be ahead.
   */
  lastSeen(recorded: string): bigint {
    const wanted = BigInt(recorded);
    let best = 0n;
    let result = 0n;
    let isAhead = true;
    for (const [theirs, ours] of this.#seen) {
      if (theirs >= wanted) isAhead = false;
      if (theirs > wanted || theirs < best) continue;
      best = theirs;
      result = ours;
    }
    return isAhead ? wanted : result;
  }
}

class TwoWay {
  readonly #what: string;
  readonly #ours = new Map<string, string>();
  readonly #recorded = new Map<string, string>();

  constructor(what: string) {
    this.#what = what;
  }

  get pairs(): ReadonlyMap<string, string> {
    return this.#ours;
  }

  get(recorded: string): string | undefined {
    return this.#ours.get(recorded);
  }

  bind(recorded: string, ours: string): string | null {
    const known = this.#ours.get(recorded);
    if (known !== undefined) {
      return known === ours ? null : `${this.#what} ${ours}, which was ${known} where it was recorded before`;
    }
    const taken = this.#recorded.get(ours);
    if (taken !== undefined)
      return `${this.#what} ${ours} stands for the recorded ${taken} already, not for ${recorded}`;
    this.#ours.set(recorded, ours);
    this.#recorded.set(ours, recorded);
    return null;
  }
}
