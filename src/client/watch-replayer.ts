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
    for (const [sinceZxid, group] of groups) {
      for (const chunk of replayChunks(group, sinceZxid, this.bytesMax)) this.sendChunk(chunk);
    }
  }

  private sendChunk(chunk: ReplayChunk): void {
    this.wire.sendNow(chunk.hasStanding ? OpCode.setWatches2 : OpCode.setWatches, chunk.request, (rc) => {
      if (rc === null) return;
      if (rc !== ErrorCode.OK) this.wire.abandonConnection(`the server refused setWatches with error ${rc}`);
      else this.answered(chunk);
    });
  }

  private answered({ request, paths, standing }: ReplayChunk): void {
    // On an older server the recursive watch has taken the place of the children watch, which is to be set over it.
    for (const path of request.persistentRecursiveWatches ?? []) {
      const at = this.paths.find(path ?? '');
      if (at === undefined) continue;
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
