import { expect } from 'vitest';
import type { PeerKind } from './recipe-peer.js';

/** What a peer says of something that it holds now. */
export interface Grip {
  /** Ns on the machine's monotonic clock. */
  readonly at: number;
  readonly path: string;
  /** The czxid of the node that stands for it. */
  readonly token: number;
}

/** One visit to the place where all holders meet. */
export interface Turn {
  /** The kind of hold. */
  readonly mark: string;
  /** The czxid of the node that it made there: the server's own order of visits. */
  readonly order: number;
  /** The marks of all who were there, as the server listed them during the visit. */
  readonly inside: readonly string[];
  readonly token: number;
  /** Ns on the machine's monotonic clock. */
  readonly entered: number;
  readonly left: number;
}

export type TurnOf = Turn & { readonly by: PeerKind };

/** Turns in the server's order: each alone, with a larger token than the one before, and of both kinds of peer mixed. */
export function expectExclusive(turns: readonly TurnOf[], count: number): void {
  expect(turns).toHaveLength(count);
  const grants = expectGrowing(turns);
  expect(grants.filter(({ inside }) => inside.length !== 1)).toEqual([]);
  expect(grants.filter((grant, at) => at > 0 && grant.entered < (grants[at - 1]?.left ?? 0))).toEqual([]);
  expectMixed(grants);
}

/** The turns in the server's order; each has a larger token than the one before. */
export function expectGrowing<T extends Turn>(turns: readonly T[]): T[] {
  const grants = inOrder(turns);
  expect(grants.filter((grant, at) => at > 0 && grant.token <= (grants[at - 1]?.token ?? 0))).toEqual([]);
  return grants;
}

export function inOrder<T extends Turn>(turns: readonly T[]): T[] {
  return [...turns].sort((one, other) => one.order - other.order);
}

/** How often it went from one kind of peer to the other: two lines that take turns, not one after the other. */
export function expectMixed(turns: readonly TurnOf[]): void {
  const grants = inOrder(turns);
  const changes = grants.filter((grant, at) => at > 0 && grant.by !== grants[at - 1]?.by);
  expect(changes.length, 'how often it went from one kind of peer to the other').toBeGreaterThan(turns.length / 10);
}
