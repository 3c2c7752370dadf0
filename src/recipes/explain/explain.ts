import { NoNodeError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { childOf } from '../../protocol/paths.js';
import { checkPath } from '../support/check-arguments.js';
import { retry } from '../../client/support/retry.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { listLong } from '../queues/list-long.js';
import { readLabel } from './contender-label.js';
import type { ExplainedKind, ExplainedNode, Explanation } from './explanation.js';
import { readNodes } from './read-nodes.js';
import type { FoundNode } from './read-nodes.js';
import { itemsOf, kindOf, lineOf } from './recognise.js';
import type { LineEntry } from './recognise.js';
import { serverTime } from './server-clock.js';

export interface ExplainOptions extends WaitOptions {
  /** Where the consumers of a queue claim its items (Curator's lockPath). Default: claims are not looked for. */
  readonly lockPath?: string | undefined;
  /** Items of a queue that are told of. From 0; default 100. */
  readonly itemsMax?: number | undefined;
}

interface Place extends LineEntry {
  readonly path: string;
}

interface Picture {
  readonly kind: ExplainedKind;
  readonly holders: readonly Place[];
  readonly waiters: readonly Place[];
  readonly items: readonly Place[];
  readonly itemCount: number;
  readonly strangers: readonly string[];
}

const ITEMS_MAX_DEFAULT = 100;
const NOTHING = { holders: [], waiters: [], items: [], itemCount: 0, strangers: [] };

/**
 * Who holds a lock, a read/write lock, a leadership, the leases of a semaphore, or the items of a queue; who waits for it, in
 * order; since when, by the server's clock; and who they say they are (see {@link contenderLabel}). For people who look:
 * it is a picture of one moment, read in several steps, and by the time it is drawn it may be over.
 *
 * It leaves no watch and no node. While the connection is SUSPENDED it waits; after LOST it goes on in the new session.
 */
export async function explain(client: KeeperClient, path: string, options: ExplainOptions = {}): Promise<Explanation> {
  checkPath(path);
  const budget = new WaitBudget(client, options, `explain ${path}`);
  return budget.settle(explained({ client, budget, path, options }), 0);
}

interface Inquiry {
  readonly client: KeeperClient;
  readonly budget: WaitBudget;
  readonly path: string;
  readonly options: ExplainOptions;
}

async function explained(inquiry: Inquiry): Promise<Explanation> {
  const { client, budget, path } = inquiry;
  await retry(client, budget, (wait) => client.sync(path, wait));
  const picture = await pictureOf(inquiry);
  const shown = [...picture.holders, ...picture.waiters, ...picture.items];
  const found = await readAll(inquiry, shown);
  const now = await retry(client, budget, (wait) => serverTime(client, wait));
  const told = (places: readonly Place[]): ExplainedNode[] =>
    places.flatMap(({ path: at, side, waitsFor }, position) => {
      const read = found.get(at);
      if (read === undefined) return [];
      const { data, stat } = read;
      const { czxid: token, ctime: createdMs, ephemeralOwner: sessionId } = stat;
      const ageMs = Math.max(0, now.ms - createdMs);
      const place = { path: at, position, side, waitsFor };
      return [{ ...place, sessionId, token, createdMs, ageMs, ...readLabel(data), data }];
    });
  const { kind, itemCount, strangers } = picture;
  const [holders, waiters, items] = [told(picture.holders), told(picture.waiters), told(picture.items)];
  return { path, kind, holders, waiters, items, itemCount, strangers, atMs: now.ms, clock: now.clock };
}

async function pictureOf(inquiry: Inquiry): Promise<Picture> {
  const { path } = inquiry;
  const children = await childrenOf(inquiry, path);
  if (children === null) return { kind: 'missing', ...NOTHING };
  const kind = kindOf(children);
  switch (kind) {
    case 'semaphore':
      return semaphore(inquiry, children);
    case 'queue':
    case 'simple-queue':
      return queue(inquiry, kind, children);
    case 'empty':
    case 'other':
    case 'missing':
      return { kind, ...NOTHING, strangers: children };
    case 'lock':
    case 'read-write-lock':
    case 'leader-latch': {
      const line = placesBelow(path, lineOf(children, kind));
      const strangers = without(children, line);
      return { kind, ...NOTHING, ...split(line), strangers };
    }
  }
}

/**
 * Leases stand below `leases`; those who wait for one, in a line below `locks`. The first of the line goes in, and makes its
 * lease before it has it: that one does not hold yet.
 */
async function semaphore(inquiry: Inquiry, children: readonly string[]): Promise<Picture> {
  const { path } = inquiry;
  const [locks, leases] = await Promise.all(
    ['locks', 'leases'].map(async (name) => (await childrenOf(inquiry, childOf(path, name))) ?? []),
  );
  const line = placesBelow(childOf(path, 'locks'), lineOf(locks ?? [], 'lock'));
  const held = placesBelow(childOf(path, 'leases'), lineOf(leases ?? [], 'semaphore'));
  const first = line[0];
  const newest = held.at(-1);
  const pending = first === undefined || newest === undefined ? null : await pendingLease(inquiry, first, newest);
  const holders = held.filter((place) => place !== pending).map((place) => ({ ...place, waitsFor: null }));
  const oldest = holders[0]?.path ?? null;
  // The first waits for any lease, of which one is named; the others for the one before them.
  const waiters = line.map((place, at) => (at === 0 ? { ...place, waitsFor: oldest } : place));
  const strangers = children.filter((name) => name !== 'locks' && name !== 'leases');
  return { kind: 'semaphore', ...NOTHING, holders, waiters, strangers };
}

async function pendingLease(inquiry: Inquiry, first: Place, newest: Place): Promise<Place | null> {
  const found = await readAll(inquiry, [first, newest]);
  const [own, lease] = [found.get(first.path)?.stat, found.get(newest.path)?.stat];
  if (own === undefined || lease === undefined) return null;
  return own.ephemeralOwner === lease.ephemeralOwner && lease.czxid > own.czxid ? newest : null;
}

async function queue(inquiry: Inquiry, kind: 'queue' | 'simple-queue', children: readonly string[]): Promise<Picture> {
  const { path, options } = inquiry;
  const { lockPath, itemsMax = ITEMS_MAX_DEFAULT } = options;
  const entryOf = (name: string): LineEntry => ({ name, side: null, waitsFor: null });
  const names = itemsOf(children, kind);
  const [claims, takers] = await Promise.all([
    lockPath === undefined ? null : childrenOf(inquiry, lockPath),
    childrenOf(inquiry, `${path}-takers`),
  ]);
  const claimed = names.filter((name) => claims?.includes(name) === true);
  return {
    kind,
    holders: lockPath === undefined ? [] : placesBelow(lockPath, claimed.map(entryOf)),
    waiters: placesBelow(`${path}-takers`, lineOf(takers ?? [], 'lock')),
    items: placesBelow(path, names.slice(0, itemsMax).map(entryOf)),
    itemCount: names.length,
    strangers: children.filter((name) => !names.includes(name)),
  };
}

function split(line: readonly Place[]): Pick<Picture, 'holders' | 'waiters'> {
  return {
    holders: line.filter(({ waitsFor }) => waitsFor === null),
    waiters: line.filter(({ waitsFor }) => waitsFor !== null),
  };
}

function placesBelow(parent: string, entries: readonly LineEntry[]): Place[] {
  return entries.map((entry) => ({
    ...entry,
    path: childOf(parent, entry.name),
    waitsFor: entry.waitsFor === null ? null : childOf(parent, entry.waitsFor),
  }));
}

function without(children: readonly string[], line: readonly Place[]): string[] {
  const known = new Set(line.map(({ name }) => name));
  return children.filter((name) => !known.has(name));
}

/** Null: there is no such node. */
async function childrenOf({ client, budget }: Inquiry, path: string): Promise<string[] | null> {
  try {
    const { children } = await retry(client, budget, (wait) => listLong(client, path, wait));
    return children;
  } catch (error) {
    if (error instanceof NoNodeError) return null;
    throw error;
  }
}

/** Those that are still there. */
function readAll({ client, budget }: Inquiry, places: readonly Place[]): Promise<Map<string, FoundNode>> {
  return readNodes(
    client,
    budget,
    places.map(({ path }) => path),
  );
}
