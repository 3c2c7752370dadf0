/** What is left out of the world that a seed stands for, so that what remains of a failure can be understood. */
export interface Cuts {
  /** Trouble ends so early, ms. */
  readonly durationMs?: number;
  /** Only so many users of each kind. */
  readonly dataUsers?: number;
  readonly lockUsers?: number;
  /** The n-th faults, from 0, do not happen. */
  readonly leftOut?: readonly number[];
}

const NAMES = { durationMs: 'ms', dataUsers: 'users', lockUsers: 'lockers' } as const;

/** As command lines have it: `ms=1200,users=1,without=0+3+4`. Empty where nothing is cut. */
export function cutsText(cuts: Cuts): string {
  const parts: string[] = [];
  for (const key of ['durationMs', 'dataUsers', 'lockUsers'] as const) {
    const value = cuts[key];
    if (value !== undefined) parts.push(`${NAMES[key]}=${value}`);
  }
  if (cuts.leftOut !== undefined && cuts.leftOut.length > 0) parts.push(`without=${cuts.leftOut.join('+')}`);
  return parts.join();
}

/** The cuts of such a text; null where it is none. */
export function cutsOf(text: string): Cuts | null {
  const cuts: { -readonly [Key in keyof Cuts]: Cuts[Key] } = {};
  for (const part of text.split(',')) {
    const match = /^(ms|users|lockers|without)=([\d+]+)$/.exec(part);
    if (match === null) return null;
    const numbers = match[2]!.split('+').map(Number);
    if (match[1] === 'without') cuts.leftOut = numbers;
    else if (match[1] === 'ms') cuts.durationMs = numbers[0]!;
    else if (match[1] === 'users') cuts.dataUsers = numbers[0]!;
    else cuts.lockUsers = numbers[0]!;
  }
  return cuts;
}
