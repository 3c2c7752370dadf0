import { ErrorCode } from '../protocol/error-codes.js';
import { OpCode } from '../protocol/op-codes.js';
import type { Zxid } from '../protocol/zxid.js';
import type { ReplayChunk, ReplayItem } from './watch-replay.js';
import { replayChunks } from './watch-replay.js';
import type { WatchWire } from './watch-wire.js';
import type { WatchedPath } from './watched-path.js';

/** The paths that are watched, or are about to be. */
export interface WatchedPaths {
  /** Makes it if it is not there. */
  at(path: string): WatchedPath;
  find(path: string): WatchedPath | undefined;
  /** What the server holds of it has changed. */
  reconcile(at: WatchedPath): void;
}

/** Sets watches again, by setWatches, whose catch-up rules tell of what was missed (client-protocol 11.5). */
export class WatchReplayer {
  private readonly wire: WatchWire;
  private readonly paths: WatchedPaths;
  private readonly bytesMax: number;

  constructor(wire: WatchWire, paths: WatchedPaths, bytesMax: number) {
    this.wire = wire;
    this.paths = paths;
    this.bytesMax = bytesMax;
  }

  /**
   * Until a setWatches is answered, its paths are known good only up to the zxid it was sent with, whatever other replies
   * say meanwhile: should the connection break, the next one asks from there again.
   */
  send(items: readonly ReplayItem[]): void {
    const groups = new Map<Zxid, ReplayItem[]>();
    for (const item of items) {
      const at = this.paths.at(item.path);
      const sinceZxid = at.goodUntil(this.wire.lastZxidSeen);
      at.unansweredReplays++;
      at.armFrom(item.list);
      const group = groups.get(sinceZxid);
      if (group === undefined) groups.set(sinceZxid, [item]);
      else group.push(item);
    }
    const over = this.childrenOver(items);
    for (const [sinceZxid, group] of groups) {
      for (const chunk of replayChunks(group, sinceZxid, this.bytesMax)) this.sendChunk(chunk, over);
    }
    if (over.size > 0) this.send([...over].map((path) => ({ list: 'childWatches', path })));
  }

  /**
   * On an older server a recursive watch takes the place of the children watch on its path, which is therefore set over it:
   * right behind, so that nobody is answered in between who knows of what it has still to tell.
   */
  private childrenOver(items: readonly ReplayItem[]): ReadonlySet<string> {
    const recursive = items.filter(({ list }) => list === 'persistentRecursiveWatches');
    return new Set(recursive.filter(({ path }) => this.paths.at(path).children > 0).map(({ path }) => path));
  }

  private sendChunk(chunk: ReplayChunk, over: ReadonlySet<string>): void {
    this.wire.sendNow(chunk.hasStanding ? OpCode.setWatches2 : OpCode.setWatches, chunk.request, (rc) => {
      if (rc === null) return;
      if (rc !== ErrorCode.OK) this.wire.abandonConnection(`the server refused setWatches with error ${rc}`);
      else this.answered(chunk, over);
    });
  }

  private answered({ request, paths, standing }: ReplayChunk, over: ReadonlySet<string>): void {
    // A children watch that came meanwhile has lost its place as well.
    for (const path of request.persistentRecursiveWatches ?? []) {
      const at = this.paths.find(path ?? '');
      if (at === undefined || over.has(at.path)) continue;
      at.armedChildren = false;
      this.paths.reconcile(at);
    }
    for (const path of paths) this.paths.find(path)?.replayAnswered();
    this.announceResync(standing);
  }

  /** Changes between the old registration and the new one are not caught up with. */
  private announceResync(paths: readonly string[]): void {
    for (const path of paths) {
      const at = this.paths.find(path);
      for (const watch of at?.in('persistent', 'recursive') ?? []) watch.deliver('resync', path, null);
    }
  }
}
