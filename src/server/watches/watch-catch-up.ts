import { AddWatchMode, EventType } from '../../protocol/event.js';
import type { SetWatches2Request, SetWatchesRequest } from '../../protocol/set-watches.js';

/** What of a node decides whether a returning client has missed something. */
export interface WatchedNode {
  readonly mzxid: number;
  readonly pzxid: number;
}

/** The watches of one connection, and the events it is sent at once. */
export interface CatchUpTarget {
  find(path: string): WatchedNode | undefined;
  addData(path: string): void;
  addChild(path: string): void;
  addPersistent(path: string, mode: AddWatchMode): void;
  /** Not filtered by ACL; carries zxid -1. Goes out before the reply. */
  event(type: EventType, path: string): void;
}

/** setWatches and setWatches2. False, and nothing done, when a list or a path is null: a marshalling error. */
export function catchUpWatches(request: SetWatchesRequest | SetWatches2Request, target: CatchUpTarget): boolean {
  const { dataWatches, existWatches, childWatches } = request;
  const persistent = 'persistentWatches' in request ? request.persistentWatches : [];
  const recursive = 'persistentWatches' in request ? request.persistentRecursiveWatches : [];
  if (!isList(dataWatches) || !isList(existWatches) || !isList(childWatches)) return false;
  if (!isList(persistent) || !isList(recursive)) return false;
  const sinceZxid = Number(request.relativeZxid);
  for (const path of dataWatches) rearmData(path, sinceZxid, target);
  for (const path of existWatches) {
    if (target.find(path) === undefined) target.addData(path);
    else target.event(EventType.nodeCreated, path);
  }
  for (const path of childWatches) rearmChild(path, sinceZxid, target);
  for (const path of persistent) target.addPersistent(path, AddWatchMode.persistent);
  for (const path of recursive) target.addPersistent(path, AddWatchMode.persistentRecursive);
  return true;
}

function rearmData(path: string, sinceZxid: number, target: CatchUpTarget): void {
  const node = target.find(path);
  if (node === undefined) target.event(EventType.nodeDeleted, path);
  else if (node.mzxid > sinceZxid) target.event(EventType.nodeDataChanged, path);
  else target.addData(path);
}

function rearmChild(path: string, sinceZxid: number, target: CatchUpTarget): void {
  const node = target.find(path);
  if (node === undefined) target.event(EventType.nodeDeleted, path);
  else if (node.pzxid > sinceZxid) target.event(EventType.nodeChildrenChanged, path);
  else target.addChild(path);
}

function isList(paths: readonly (string | null)[] | null): paths is readonly string[] {
  return paths !== null && paths.every((path) => path !== null);
}
