import type { Id } from '../../protocol/acl.js';
import { Perms } from '../../protocol/acl.js';
import type { EventType } from '../../protocol/event.js';
import { KeeperState, Xid } from '../../protocol/event.js';
import { JuteWriter } from '../../protocol/jute-writer.js';
import { watcherEventCodec } from '../../protocol/watcher-event.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { AclList } from '../tree/acl-list.js';
import type { WatchSink } from '../watches/watch-table.js';
import type { ClientLink } from './client-link.js';
import type { PipelineStats } from './pipeline-stats.js';

/** Catch-up events of setWatches belong to no one change. */
const ZXID_NO_CHANGE = -1 as Zxid;

type MayRead = (acl: AclList, perms: number, identities: readonly Id[]) => boolean;

/** Writes watch events into the links of their watchers: encoded once, however many there are. */
export class EventSink implements WatchSink<ClientLink, AclList> {
  /** The change being applied: events carry its zxid (from 3.9 on). */
  zxid: Zxid = ZXID_NO_CHANGE;
  private readonly frame = new JuteWriter();
  private readonly permits: MayRead;
  private readonly stats: PipelineStats;

  constructor(permits: MayRead, stats: PipelineStats) {
    this.permits = permits;
    this.stats = stats;
  }

  deliver(type: EventType, path: string, watchers: readonly ClientLink[]): void {
    const frame = this.encode(type, path, this.zxid);
    for (const link of watchers) send(link, frame);
    this.stats.watchesFired(type, watchers.length);
  }

  mayRead(link: ClientLink, acl: AclList): boolean {
    return this.permits(acl, Perms.read, link.identities);
  }

  /** An event that setWatches found to be due (client-protocol 8.4). */
  catchUp(link: ClientLink, type: EventType, path: string): void {
    send(link, this.encode(type, path, ZXID_NO_CHANGE));
    this.stats.watchesFired(type, 1);
  }

  private encode(type: EventType, path: string, zxid: Zxid): Buffer {
    const { frame } = this;
    frame.truncate(0);
    const at = frame.beginFrame();
    frame.int32(Xid.notification).long(zxid).int32(0);
    watcherEventCodec.write(frame, { type, state: KeeperState.syncConnected, path });
    return frame.endFrame(at).view();
  }
}

function send(link: ClientLink, frame: Buffer): void {
  if (link.closed) return;
  if (link.out.length === 0) link.transport.flushSoon();
  link.out.bytes(frame);
  link.stats.sent++;
}
