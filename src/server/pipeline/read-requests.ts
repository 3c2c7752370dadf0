import type { AddWatchRequest } from '../../protocol/add-watch.js';
import type { Id } from '../../protocol/acl.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import { Xid } from '../../protocol/event.js';
import type { WatchableReadRequest } from '../../protocol/exists.js';
import { getAclCodec } from '../../protocol/get-acl.js';
import type { PathRequest } from '../../protocol/get-acl.js';
import type { GetEphemeralsRequest } from '../../protocol/get-ephemerals.js';
import { getEphemeralsCodec } from '../../protocol/get-ephemerals.js';
import type { MultiReadRequest, MultiResult } from '../../protocol/multi.js';
import { writeMultiEnd, writeMultiResult } from '../../protocol/multi.js';
import { OpCode } from '../../protocol/op-codes.js';
import type { RemoveWatchesRequest } from '../../protocol/remove-watches.js';
import type { SetWatches2Request } from '../../protocol/set-watches.js';
import { whoAmICodec } from '../../protocol/who-am-i.js';
import type { AclList } from '../tree/acl-list.js';
import { TreeReader } from '../tree/tree-reader.js';
import type { WatchTable } from '../watches/watch-table.js';
import type { ClientLink } from './client-link.js';
import type { EventSink } from './event-sink.js';
import type { PipelineParts } from './pipeline-parts.js';
import { beginReply, endReply, replyHeader } from './replies.js';
import { addWatch, removeWatches, resetWatches } from './watch-requests.js';

/**
 * Once a multiRead's answer is longer than this, no further op is read for it and the whole is refused: few bytes of
 * request may name a big node ten thousand times.
 */
const MULTI_READ_BYTES_MAX = 16 * 1024 * 1024;

export interface ReadRequest {
  readonly xid: number;
  readonly type: number;
  readonly body: unknown;
}

/** Requests served from the tree as it is applied on this server: no transaction (client-protocol 5). */
export class ReadRequests {
  private readonly parts: PipelineParts;
  private readonly tree: TreeReader;
  private readonly watches: WatchTable<ClientLink, AclList>;
  private readonly events: EventSink;

  constructor(parts: PipelineParts, watches: WatchTable<ClientLink, AclList>, events: EventSink) {
    this.parts = parts;
    this.tree = new TreeReader(parts.tree, parts.access);
    this.watches = watches;
    this.events = events;
  }

  answer(link: ClientLink, request: ReadRequest): void {
    const { xid, type, body } = request;
    switch (type) {
      case OpCode.exists:
        return this.exists(link, xid, body as WatchableReadRequest);
      case OpCode.getData:
        return this.getData(link, xid, body as WatchableReadRequest);
      case OpCode.getChildren:
      case OpCode.getChildren2:
        return this.getChildren(link, request, body as WatchableReadRequest);
      case OpCode.getACL:
        return this.getAcl(link, xid, body as PathRequest);
      case OpCode.getAllChildrenNumber:
        return this.getAllChildrenNumber(link, xid, body as PathRequest);
      case OpCode.getEphemerals:
        return this.getEphemerals(link, xid, body as GetEphemeralsRequest);
      case OpCode.multiRead:
        return this.multiRead(link, xid, body as MultiReadRequest);
      case OpCode.whoAmI:
        return this.whoAmI(link, xid);
      case OpCode.sync:
        return this.sync(link, xid, body as PathRequest);
      case OpCode.ping:
        return replyHeader(link, Xid.ping, this.zxid, 0);
      default:
        return this.watchRequest(link, request);
    }
  }

  private get zxid(): PipelineParts['tree']['lastProcessedZxid'] {
    return this.parts.tree.lastProcessedZxid;
  }

  private watchRequest(link: ClientLink, { xid, type, body }: ReadRequest): void {
    const { watches } = this;
    switch (type) {
      case OpCode.addWatch: {
        const err = addWatch(watches, link, body as AddWatchRequest);
        if (err !== 0) return replyHeader(link, xid, this.zxid, err);
        const at = beginReply(link, xid, this.zxid, 0);
        link.out.int32(0);
        return endReply(link, at);
      }
      case OpCode.removeWatches:
      case OpCode.checkWatches: {
        const remove = type === OpCode.removeWatches;
        return replyHeader(
          link,
          xid,
          this.zxid,
          removeWatches(watches, link, { ...(body as RemoveWatchesRequest), remove }),
        );
      }
      case OpCode.setWatches:
      case OpCode.setWatches2: {
        const err = resetWatches(body as SetWatches2Request, {
          link,
          tree: this.parts.tree,
          watches,
          events: this.events,
        });
        return replyHeader(link, xid, this.zxid, err);
      }
      default:
        throw new Error(`op ${type} is no read`);
    }
  }

  private exists(link: ClientLink, xid: number, { path, watch }: WatchableReadRequest): void {
    const node = this.tree.exists(path, link.identities);
    // The watch is left whether the node is there or not: both kinds fire from the data table.
    if (watch && (typeof node !== 'number' || node === ErrorCode.NONODE)) this.watches.addData(link, path ?? '');
    if (typeof node === 'number') return replyHeader(link, xid, this.zxid, node);
    const at = beginReply(link, xid, this.zxid, 0);
    this.parts.tree.writeStat(node.id, link.out);
    endReply(link, at);
  }

  private getData(link: ClientLink, xid: number, { path, watch }: WatchableReadRequest): void {
    const node = this.tree.read(path, link.identities);
    if (typeof node === 'number') return replyHeader(link, xid, this.zxid, node);
    if (watch) this.watches.addData(link, path ?? '');
    const at = beginReply(link, xid, this.zxid, 0);
    this.parts.tree.writeDataReply(node.id, link.out);
    endReply(link, at);
  }

  private getChildren(link: ClientLink, { xid, type }: ReadRequest, { path, watch }: WatchableReadRequest): void {
    const node = this.tree.read(path, link.identities);
    if (typeof node === 'number') return replyHeader(link, xid, this.zxid, node);
    if (watch) this.watches.addChild(link, path ?? '');
    const at = beginReply(link, xid, this.zxid, 0);
    this.parts.tree.writeChildren(node.id, link.out);
    if (type === OpCode.getChildren2) this.parts.tree.writeStat(node.id, link.out);
    endReply(link, at);
  }

  private getAcl(link: ClientLink, xid: number, { path }: PathRequest): void {
    const view = this.tree.getAcl(path, link.identities);
    if (typeof view === 'number') return replyHeader(link, xid, this.zxid, view);
    const at = beginReply(link, xid, this.zxid, 0);
    getAclCodec.response.write(link.out, { acl: view.acl, stat: view.node });
    endReply(link, at);
  }

  private getAllChildrenNumber(link: ClientLink, xid: number, { path }: PathRequest): void {
    const count = this.tree.getAllChildrenNumber(path, link.identities);
    if (count < 0) return replyHeader(link, xid, this.zxid, count);
    const at = beginReply(link, xid, this.zxid, 0);
    link.out.int32(count);
    endReply(link, at);
  }

  private getEphemerals(link: ClientLink, xid: number, { prefixPath }: GetEphemeralsRequest): void {
    const at = beginReply(link, xid, this.zxid, 0);
    getEphemeralsCodec.response.write(link.out, { ephemerals: this.tree.getEphemerals(link.sessionId, prefixPath) });
    endReply(link, at);
  }

  private multiRead(link: ClientLink, xid: number, { ops }: MultiReadRequest): void {
    const at = beginReply(link, xid, this.zxid, 0);
    for (const { type, body } of ops) {
      if (link.out.length - at > MULTI_READ_BYTES_MAX) {
        link.out.truncate(at);
        return replyHeader(link, xid, this.zxid, ErrorCode.MARSHALLINGERROR);
      }
      writeMultiResult(link.out, this.readOne(type, body.path, link.identities));
    }
    writeMultiEnd(link.out);
    endReply(link, at);
  }

  private readOne(type: number, path: string | null, identities: readonly Id[]): MultiResult {
    const node = this.tree.read(path, identities);
    if (typeof node === 'number') return { type: OpCode.error, err: node, body: { err: node } };
    return type === OpCode.getData
      ? { type, err: 0, body: { data: node.data, stat: node } }
      : { type: OpCode.getChildren, err: 0, body: { children: [...node.children] } };
  }

  private whoAmI(link: ClientLink, xid: number): void {
    const at = beginReply(link, xid, this.zxid, 0);
    const clientInfo = link.identities.map(({ scheme, id }) => ({ authScheme: scheme, user: publicPart(scheme, id) }));
    whoAmICodec.response.write(link.out, { clientInfo });
    endReply(link, at);
  }

  /** This server has caught up: an echo. */
  private sync(link: ClientLink, xid: number, { path }: PathRequest): void {
    const at = beginReply(link, xid, this.zxid, 0);
    link.out.ustring(path);
    endReply(link, at);
  }
}

/** A digest's hash and a super user's name are nobody's business. */
function publicPart(scheme: string | null, id: string | null): string | null {
  if (scheme === 'super') return '';
  if (scheme !== 'digest' || id === null) return id;
  const colon = id.indexOf(':');
  return colon < 0 ? id : id.slice(0, colon);
}
