const INT32_MAX = 2_147_483_647;
const INT32_MIN = -2_147_483_648;

/**
 * From here on the suffix is near the end of its 32 bits. pinfold orders contenders across the wrap;
 * Curator compares strings and does not, so a path shared with Java needs attention before it gets there.
 */
export const SEQUENCE_WORN = 2_000_000_000;

/** How the server prints a sequence suffix: `%010d` of a signed 32-bit number, so a minus takes one of the ten places. */
const SUFFIX_LENGTH = 10;
const NEGATIVE = /^-(?:\d{9}|\d{10})$/;
const DIGIT_0 = 48;
const MINUS = 45;

/**
 * What a recipe's contenders are called: `lock-`, or both `__WRIT__` and `__READ__`. Of two contenders with one number the
 * one whose name is listed first goes first.
 */
export type LockNames = string | readonly string[];

/**
 * What Curator sorts a contender by: the text after the last of the lock names in its name, or the whole name when none
 * occurs.
 */
export function sortKey(name: string, lockNames: LockNames): string {
  return keyOf(contender(name, listOf(lockNames)));
}

/** The sequence number of a sort key, or null when the server cannot have made it. */
export function parseSequence(key: string): number | null {
  return sequenceAt(key, 0);
}

/** The same of the key that begins at `at`. */
function sequenceAt(name: string, at: number): number | null {
  const isNegative = name.charCodeAt(at) === MINUS;
  const sequence = isNegative ? (NEGATIVE.test(name.slice(at)) ? Number(name.slice(at)) : NaN) : parseDigits(name, at);
  return sequence >= INT32_MIN && sequence <= INT32_MAX ? sequence : null;
}

/**
 * NaN unless what begins at `start` is ten digits. Every look at a line does this for everybody who stands in it: a third of
 * what a pattern takes.
 */
function parseDigits(name: string, start: number): number {
  if (name.length - start !== SUFFIX_LENGTH) return NaN;
  let number = 0;
  for (let at = start; at < name.length; at++) {
    const digit = name.charCodeAt(at) - DIGIT_0;
    if (digit < 0 || digit > 9) return NaN;
    number = 10 * number + digit;
  }
  return number;
}

/** A child with what it is ordered by, worked out once: a line may have thousands, and be looked at by as many. */
export interface Contender {
  readonly name: string;
  /** Where in the name the sort key begins. It is cut out only where it is needed: few contenders have the same number. */
  readonly keyAt: number;
  readonly sequence: number | null;
  /** Which of the recipe's lock names it has: an index, NaN for a child that has none. */
  readonly lockName: number;
}

function contender(name: string, lockNames: readonly string[]): Contender {
  let keyAt = 0;
  let lockName = NaN;
  for (let index = 0; index < lockNames.length; index++) {
    const text = lockNames[index]!;
    const at = name.lastIndexOf(text);
    if (at < 0 || at + text.length <= keyAt) continue;
    keyAt = at + text.length;
    lockName = index;
  }
  return { name, keyAt, sequence: sequenceAt(name, keyAt), lockName };
}

function keyOf({ name, keyAt }: Contender): string {
  return name.slice(keyAt);
}

function listOf(lockNames: LockNames): readonly string[] {
  return typeof lockNames === 'string' ? [lockNames] : lockNames;
}

/**
 * Orders two contenders by age; negative when `a` is the older one. Sequence numbers compare by serial-number
 * arithmetic, because after 2147483647 the server goes on with -2147483648. A child that is no contender of this
 * recipe compares as text, as it does in Curator, where such a child takes part in the line like any other.
 */
function compare(a: Contender, b: Contender): number {
  if (a.sequence !== null && b.sequence !== null && a.sequence !== b.sequence) return (a.sequence - b.sequence) | 0;
  return compareText(keyOf(a), keyOf(b)) || a.lockName - b.lockName || compareText(a.name, b.name);
}

export function contendersOf(children: readonly string[], lockNames: LockNames): Contender[] {
  const names = listOf(lockNames);
  return children.map((name) => contender(name, names));
}

/** Their names in the order of the line, oldest first. */
export function inLine(contenders: readonly Contender[]): string[] {
  return [...contenders].sort(compare).map(({ name }) => name);
}

/** Where one contender stands: gone, first in line, or behind `predecessor`, the nearest of those it waits for. */
export type Place =
  | { readonly kind: 'missing' }
  | { readonly kind: 'first' }
  | { readonly kind: 'behind'; readonly predecessor: string; readonly ahead: number };

/** Finds the place of `own` among all. */
export type PlaceRule = (own: string, contenders: readonly Contender[]) => Place;

/**
 * Finds the place of `own` among all, or among those that `blocks` says it waits for. Decided by comparing `own` with
 * each other one, never by position in a sorted list: a serial-number order need not be transitive, and two contenders
 * must never both be first.
 */
export function placeOf(
  own: string,
  contenders: readonly Contender[],
  blocks: (other: Contender) => boolean = () => true,
): Place {
  const me = contenders.find(({ name }) => isSame(name, own));
  if (me === undefined) return { kind: 'missing' };
  let ahead = 0;
  let predecessor: Contender | null = null;
  for (const other of contenders) {
    if (compare(other, me) >= 0 || !blocks(other)) continue;
    ahead += 1;
    if (predecessor === null || compare(predecessor, other) < 0) predecessor = other;
  }
  return predecessor === null ? { kind: 'first' } : { kind: 'behind', predecessor: predecessor.name, ahead };
}

/** Most names in a line differ in their last digit: one look at it costs less than comparing strings that were cut out of others. */
function isSame(a: string, b: string): boolean {
  return a.at(-1) === b.at(-1) && a === b;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * How many places it takes for all of `own` to be in: their own and those of everybody older. A child that is no contender
 * takes a place as well, as it does in Curator. Null when one of `own` is missing.
 */
export function placesUpTo(own: readonly string[], contenders: readonly Contender[]): number | null {
  const mine = contenders.filter(({ name }) => own.includes(name));
  if (mine.length < own.length) return null;
  const newest = mine.reduce((a, b) => (compare(a, b) < 0 ? b : a));
  return contenders.filter((other) => other.sequence === null || compare(other, newest) <= 0).length;
}
