import { contendersOf, inLine, parseSequence, placeOf, sortKey } from '../support/sequencer.js';
import type { Contender } from '../support/sequencer.js';
import type { ExplainedKind } from './explanation.js';

const WRITE = '__WRIT__';
const READ = '__READ__';
const LOCK = 'lock-';
const LATCH = 'latch-';
const LEASE = 'lease-';

/** A child, and what its name says. */
export interface LineEntry {
  readonly name: string;
  readonly side: 'read' | 'write' | null;
  /** Name of the one it waits for; null: it holds. */
  readonly waitsFor: string | null;
}

/** What the children of a path say it is. */
export function kindOf(children: readonly string[]): ExplainedKind {
  if (children.length === 0) return 'empty';
  if (children.includes('locks') && children.includes('leases')) return 'semaphore';
  if (children.some((name) => isSequential(name, WRITE) || isSequential(name, READ))) return 'read-write-lock';
  if (children.some((name) => isSequential(name, LATCH))) return 'leader-latch';
  if (children.some((name) => isSequential(name, LOCK))) return 'lock';
  if (children.some((name) => name.startsWith('queue-'))) return 'queue';
  return children.some((name) => isSequential(name, 'qn-')) ? 'simple-queue' : 'other';
}

/** The line of a recipe of this kind, in order. */
export function lineOf(children: readonly string[], kind: ExplainedKind): LineEntry[] {
  if (kind === 'read-write-lock') return readWriteLine(children);
  const lockName = kind === 'leader-latch' ? LATCH : kind === 'semaphore' ? LEASE : LOCK;
  const contenders = contendersOf(
    children.filter((name) => isSequential(name, lockName)),
    lockName,
  );
  return inLine(contenders).map((name, at, all) => ({ name, side: null, waitsFor: all[at - 1] ?? null }));
}

/** Items of a queue, in the order in which Java consumers take them: by name. */
export function itemsOf(children: readonly string[], kind: ExplainedKind): string[] {
  const prefix = kind === 'queue' ? 'queue-' : 'qn-';
  return children.filter((name) => name.startsWith(prefix)).sort();
}

function readWriteLine(children: readonly string[]): LineEntry[] {
  const writers = contendersOf(
    children.filter((name) => isSequential(name, WRITE)),
    WRITE,
  );
  const readers = contendersOf(
    children.filter((name) => isSequential(name, READ)),
    READ,
  );
  const all = [...writers, ...readers];
  const numbers = new Map(all.map(({ name, sequence }) => [name, sequence]));
  const sides = new Map(readers.map(({ name }) => [name, 'read' as const]));
  return inLine(all).map((name) => {
    const isReader = sides.has(name);
    // A writer that has become a reader too keeps its number: it does not wait for itself.
    const others = isReader ? writers.filter(({ sequence }) => sequence !== numbers.get(name)) : all;
    return { name, side: isReader ? 'read' : 'write', waitsFor: nearestAhead(name, others, all) };
  });
}

function nearestAhead(own: string, others: readonly Contender[], all: readonly Contender[]): string | null {
  const me = all.filter(({ name }) => name === own);
  const place = placeOf(own, [...me, ...others.filter(({ name }) => name !== own)]);
  return place.kind === 'behind' ? place.predecessor : null;
}

function isSequential(name: string, lockName: string): boolean {
  return name.includes(lockName) && parseSequence(sortKey(name, lockName)) !== null;
}
