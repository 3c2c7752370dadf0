import type { SetWatches2Request } from '../protocol/set-watches.js';
import type { Zxid } from '../protocol/zxid.js';
import type { WatchedPath } from './watched-path.js';

/** The five lists of setWatches2. */
export type ReplayList = Exclude<keyof SetWatches2Request, 'relativeZxid'>;

export interface ReplayItem {
  readonly list: ReplayList;
  readonly path: string;
}

type Lists = Record<ReplayList, string[]>;

/** One setWatches or setWatches2 request. */
export interface ReplayChunk {
  readonly request: SetWatches2Request;
  /** Needs setWatches2; servers before 3.6 know only setWatches. */
  readonly hasStanding: boolean;
  /** One entry an item: a path in several lists comes several times. */
  readonly paths: readonly string[];
  /** Paths of persistent and recursive watches in it. */
  readonly standing: readonly string[];
}

/**
 * Cuts the watches to be set again into requests of at most `bytesMax` of paths, so that no number of watches makes a
 * frame that the server refuses.
 */
export function* replayChunks(
  items: Iterable<ReplayItem>,
  relativeZxid: Zxid,
  bytesMax: number,
): Iterable<ReplayChunk> {
  let lists = emptyLists();
  let bytes = 0;
  for (const { list, path } of items) {
    const size = Buffer.byteLength(path) + 4;
    if (bytes > 0 && bytes + size > bytesMax) {
      yield chunkOf(lists, relativeZxid);
      lists = emptyLists();
      bytes = 0;
    }
    lists[list].push(path);
    bytes += size;
  }
  if (bytes > 0) yield chunkOf(lists, relativeZxid);
}

function emptyLists(): Lists {
  return {
    dataWatches: [],
    existWatches: [],
    childWatches: [],
    persistentWatches: [],
    persistentRecursiveWatches: [],
  };
}

function chunkOf(lists: Lists, relativeZxid: Zxid): ReplayChunk {
  const paths = Object.values(lists).flat();
  const standing = [...lists.persistentWatches, ...lists.persistentRecursiveWatches];
  return {
    request: { relativeZxid: BigInt(relativeZxid), ...lists },
    hasStanding: standing.length > 0,
    paths,
    standing,
  };
}

/** What setWatches lists for the path. A children watch below a recursive one follows right behind. */
export function wantedItems(at: WatchedPath): ReplayItem[] {
  const { path } = at;
  const items: ReplayItem[] = [];
  if (at.data > 0) items.push({ list: 'dataWatches', path });
  if (at.missing > 0) items.push({ list: 'existWatches', path });
  if (at.children > 0 && at.recursive === 0) items.push({ list: 'childWatches', path });
  if (at.recursive > 0) items.push({ list: 'persistentRecursiveWatches', path });
  else if (at.persistent > 0) items.push({ list: 'persistentWatches', path });
  return items;
}

/** What is wanted on the path and neither armed, nor covered, nor on its way. */
export function missingItems(at: WatchedPath): ReplayItem[] {
  const { path } = at;
  const items: ReplayItem[] = [];
  const needsData = !at.armedData && !at.coversData;
  const needsRecursive = at.recursive > 0 && !at.armedRecursive && at.pendingRecursive === 0;
  if (needsData && at.data > 0) items.push({ list: 'dataWatches', path });
  if (needsData && at.missing > 0) items.push({ list: 'existWatches', path });
  if (needsRecursive) items.push({ list: 'persistentRecursiveWatches', path });
  else if (at.children > 0 && !at.armedChildren && !at.coversChildren) items.push({ list: 'childWatches', path });
  if (at.persistent > 0 && at.recursive === 0 && !at.hasStanding) items.push({ list: 'persistentWatches', path });
  return items;
}
