import type { AddWatchRequest } from '../../protocol/add-watch.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import { AddWatchMode, EventType, WatcherType } from '../../protocol/event.js';
import type { RemoveWatchesRequest } from '../../protocol/remove-watches.js';
import type { SetWatches2Request } from '../../protocol/set-watches.js';
import type { AclList } from '../tree/acl-list.js';
import type { DataTree } from '../tree/data-tree.js';
import type { WatchTable } from '../watches/watch-table.js';
import type { ClientLink } from './client-link.js';
import type { EventSink } from './event-sink.js';

type Watches = WatchTable<ClientLink, AclList>;

/** 0, or MARSHALLINGERROR for an unknown mode. Any path will do, even none (client-protocol 8.3). */
export function addWatch(watches: Watches, link: ClientLink, { path, mode }: AddWatchRequest): number {
  if (mode !== AddWatchMode.persistent && mode !== AddWatchMode.persistentRecursive) return ErrorCode.MARSHALLINGERROR;
  if (path !== null) watches.addPersistent(link, path, mode);
  return 0;
}

/** removeWatches, and checkWatches, which only looks. */
export function removeWatches(
  watches: Watches,
  link: ClientLink,
  { path, type, remove }: RemoveWatchesRequest & { remove: boolean },
): number {
  if (!isWatcherType(type)) return ErrorCode.MARSHALLINGERROR;
  const found = path !== null && (remove ? watches.remove(link, path, type) : watches.has(link, path, type));
  return found ? 0 : ErrorCode.NOWATCHER;
}

function isWatcherType(type: number): type is WatcherType {
  return type >= WatcherType.children && type <= WatcherType.persistentRecursive;
}

interface Reset {
  readonly link: ClientLink;
  readonly tree: DataTree;
  readonly watches: Watches;
  readonly events: EventSink;
}

/**
 * setWatches and setWatches2: re-arms what a client had before it lost its connection, and tells what it missed. Where
 * an event is due the watch is not re-armed (client-protocol 8.4).
 */
export function resetWatches(request: SetWatches2Request, reset: Reset): number {
  const { dataWatches, existWatches, childWatches } = request;
  // setWatches has no persistent lists at all; a null list is an error in either.
  const persistent = 'persistentWatches' in request ? request.persistentWatches : [];
  const recursive = 'persistentRecursiveWatches' in request ? request.persistentRecursiveWatches : [];
  if (!dataWatches || !existWatches || !childWatches || !persistent || !recursive) return ErrorCode.MARSHALLINGERROR;
  const { link, watches } = reset;
  const seen = Number(request.relativeZxid);
  for (const path of present(dataWatches)) resetData(path, seen, reset);
  for (const path of present(existWatches)) resetExist(path, reset);
  for (const path of present(childWatches)) resetChild(path, seen, reset);
  for (const path of present(persistent)) watches.addPersistent(link, path, AddWatchMode.persistent);
  for (const path of present(recursive)) watches.addPersistent(link, path, AddWatchMode.persistentRecursive);
  return 0;
}

function resetData(path: string, seenZxid: number, { link, tree, watches, events }: Reset): void {
  const node = tree.find(path);
  if (node === undefined) events.catchUp(link, EventType.nodeDeleted, path);
  else if (node.mzxid > seenZxid) events.catchUp(link, EventType.nodeDataChanged, path);
  else watches.addData(link, path);
}

function resetExist(path: string, { link, tree, watches, events }: Reset): void {
  if (tree.find(path) === undefined) watches.addData(link, path);
  else events.catchUp(link, EventType.nodeCreated, path);
}

function resetChild(path: string, seenZxid: number, { link, tree, watches, events }: Reset): void {
  const node = tree.find(path);
  if (node === undefined) events.catchUp(link, EventType.nodeDeleted, path);
  else if (node.pzxid > seenZxid) events.catchUp(link, EventType.nodeChildrenChanged, path);
  else watches.addChild(link, path);
}

function present(paths: readonly (string | null)[]): readonly string[] {
  return paths.filter((path) => path !== null);
}
