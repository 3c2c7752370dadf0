// Deliberate faults, each of which the simulator must find. Each is one text of the source replaced by another: no switch for
// them is in the product. What they stand for are mistakes that such programs have really had.

import { ensembleMutants } from './ensemble-table.mjs';

/**
 * @typedef {object} Mutant
 * @property {string} name
 * @property {string} what in one line
 * @property {string} file below src
 * @property {string} find must be in the file exactly once
 * @property {string} replace
 * @property {readonly { file: string, find: string, replace: string }[]} [also] what has to change elsewhere, too
 */

/** @type {readonly Mutant[]} */
const serverMutants = [
  {
    name: 'answer-before-fsync',
    what: 'a write is applied and answered while its group is on its way to the disk',
    file: 'src/server/runtime/log-driver.ts',
    find: `    this.isCommitting = true;
`,
    replace: `    this.isCommitting = true;
    this.deliver(this.lastAppended);
`,
  },
  {
    name: 'group-one-too-far',
    what: 'a commit acknowledges the group that is still being gathered, too',
    file: 'src/server/runtime/log-driver.ts',
    find: `    this.deliver(durable);
    this.tellDrained();
`,
    replace: `    this.deliver(this.lastAppended);
    this.tellDrained();
`,
  },
  {
    name: 'fsync-failure-ignored',
    what: 'a log that could not be synced counts as synced',
    file: 'src/server/storage/log-file.ts',
    find: `    return this.file.datasync();
`,
    replace: `    return this.file.datasync().catch(() => undefined);
`,
  },
  {
    name: 'inline-sync-left-out',
    what: 'writes that are to be synced inline are answered before they are on the device',
    file: 'src/server/storage/txn-log-writer.ts',
    find: `      file.syncAtOnce();
`,
    replace: '',
  },
  {
    name: 'log-not-in-directory',
    what: 'the directory is not synced when a log is begun: after a power loss the whole file is gone',
    file: 'src/server/storage/txn-log-writer.ts',
    find: `    await this.options.disk.syncDirectory(this.options.directory);
`,
    replace: '',
  },
  {
    name: 'recovered-end-not-secured',
    what: 'a server that starts builds on an end of the log that only the memory of the system holds',
    file: 'src/server/storage/open-directories.ts',
    find: `  await secure(disk, recovery, directories);
`,
    replace: '',
  },
  {
    name: 'torn-tail-accepted',
    what: 'recovery takes the last record of a log though only a part of it is there',
    file: 'src/server/storage/txn-log-reader.ts',
    find: `    if (bytes[total - RECORD_END_BYTES] !== RECORD_END) return 'torn';
    const entry = bytes.subarray(RECORD_HEAD_BYTES, total - RECORD_END_BYTES);
    return { checksumIsRight: checksumHigh`,
    replace: `    const entry = bytes.subarray(RECORD_HEAD_BYTES, total - RECORD_END_BYTES);
    return { checksumIsRight: this.source.isLast || checksumHigh`,
  },
  {
    name: 'last-log-skipped',
    what: 'recovery does not read the newest log',
    file: 'src/server/storage/log-replay.ts',
    find: `    if (index >= first) await`,
    replace: `    if (index >= first && index < options.logs.length - 1) await`,
  },
  {
    name: 'logs-purged-too-early',
    what: 'the purge deletes every log but the newest, whatever the snapshots need',
    file: 'src/server/storage/purge.ts',
    find: `  return logs.slice(0, Math.max(needed, 0))`,
    replace: `  return logs.slice(0, -1)`,
  },
  {
    name: 'watch-after-data',
    what: 'watch events are sent behind the answers of the same moment',
    file: 'src/server/pipeline/event-sink.ts',
    find: `    for (const link of watchers) send(link, frame);
`,
    replace: `    const [late, links] = [Buffer.from(frame), [...watchers]];
    queueMicrotask(() => links.forEach((link) => send(link, late)));
`,
  },
  {
    name: 'watch-fires-twice',
    what: 'a one-shot watch stays when it has fired',
    file: 'src/server/watches/watch-map.ts',
    find: `      if ((has & kinds & WatchKind.standard) !== 0) this.remove(connection, path, WatchKind.standard);
`,
    replace: '',
  },
  {
    name: 'catch-up-forgotten',
    what: 'setWatches does not tell of data that changed while the client was away',
    file: 'src/server/pipeline/watch-requests.ts',
    find: `  else if (node.mzxid > seenZxid) events.catchUp(link, EventType.nodeDataChanged, path);
`,
    replace: '',
  },
  {
    name: 'deletion-below-untold',
    what: 'a recursive watch does not tell of the deletion of nodes below',
    file: 'src/server/watches/watch-table.ts',
    find: `    this.collectData(path);
    this.child.collect(`,
    replace: `    this.data.collect(path, ANY_KIND, this.found);
    this.child.collect(`,
  },
  {
    name: 'standing-watches-not-set-again',
    what: 'setWatches2 sets no persistent watch again',
    file: 'src/server/pipeline/watch-requests.ts',
    find: `  for (const path of present(persistent)) watches`,
    replace: `  for (const path of present(persistent).slice(0, 0)) watches`,
  },
  {
    name: 'standing-watch-tells-of-others',
    what: 'a persistent watch tells of all that lies below, as if it were recursive',
    file: 'src/server/watches/watch-table.ts',
    find: `      this.data.add(connection, path, WatchKind.recursive);
      return;
    }
    this.data.add(connection, path, WatchKind.persistent);
`,
    replace: `      this.data.add(connection, path, WatchKind.recursive);
      return;
    }
    this.data.add(connection, path, WatchKind.recursive);
`,
  },
  {
    name: 'watches-lost-over-reconnect',
    what: 'the client does not set its watches again on a new connection',
    file: 'src/client/watch-registry.ts',
    find: `    this.replayer.send(all.flatMap((at) => wantedItems(at)));
`,
    replace: '',
  },
  {
    name: 'children-watch-set-again-late',
    what: 'the client sets a children watch below a recursive one again only when the recursive one is there',
    file: 'src/client/watch-replayer.ts',
    find: `this.paths.at(path).children > 0)`,
    replace: `this.paths.at(path).children < 0)`,
  },
  {
    name: 'read-overtakes-own-write',
    what: 'a read does not wait for the writes of its own session',
    file: 'src/server/pipeline/request-pipeline.ts',
    find: `    if (queue.length === 0 && this.fastReads`,
    replace: `    if (this.fastReads`,
  },
  {
    name: 'ephemerals-stay-on-expiry',
    what: 'an expired session is forgotten, but its ephemeral nodes are not removed',
    file: 'src/server/pipeline/ordered-writes.ts',
    find: `    this.tools.parts.expired(session);
    this.propose(session.id, { type: OpCode.closeSession, body: {} });
`,
    replace: `    this.tools.parts.expired(session);
    this.tools.attendance.closed(session.id);
`,
  },
  {
    name: 'ephemerals-go-with-connection',
    what: 'a session ends with its connection',
    file: 'src/server/pipeline/request-pipeline.ts',
    find: `    this.attendance.detach(link);
`,
    // Not while the server stops: there is no log any more to write it to.
    replace: `    try {
      if (link.session !== null) this.endSession(link.session.id);
    } catch {}
    this.attendance.detach(link);
`,
  },
  {
    name: 'expiry-told-too-early',
    what: 'who comes back to a session whose end is on its way to the disk is told of that end at once',
    file: 'src/server/pipeline/admission.ts',
    find: `    if (session?.isClosing === true) return attendance.awaitEnd(sessionId, newcomer);
`,
    replace: `    if (session?.isClosing === true) return attendance.refuse(newcomer);
`,
  },
  {
    name: 'let-in-too-early',
    what: 'a new session is answered before its beginning is on the disk',
    file: 'src/server/pipeline/admission.ts',
    find: `    this.writes.createSession(link, sessionId, timeoutMs);
`,
    replace: `    this.writes.createSession(link, sessionId, timeoutMs);
    attendance.created(sessionId, timeoutMs, parts.tree.lastProcessedZxid);
`,
  },
  {
    name: 'session-expires-early',
    what: 'a sign of life gives a session only two thirds of its timeout',
    file: 'src/server/sessions/session-table.ts',
    find: `this.deadlines.postpone(session, session.deadlineMs);`,
    replace: `this.deadlines.postpone(session, nowMs + (session.timeoutMs * 2) / 3);`,
  },
  {
    name: 'version-not-checked',
    what: 'a conditional write is done whatever the version',
    file: 'src/server/tree/prepare-scope.ts',
    find: `expected === ANY_VERSION || expected === actual ?`,
    replace: `expected >= ANY_VERSION || expected === actual ?`,
  },
  {
    name: 'set-in-place-overlooks-others',
    what: 'a set in place makes the next version of what the tree holds, whatever sets of the node are on their way',
    file: 'src/server/tree/prepare-in-place.ts',
    find: `  const version = last === null ? store.records.int(node, StatField.version) : last.version;
`,
    replace: `  const version = store.records.int(node, StatField.version) + 0 * (last?.version ?? 0);
`,
  },
  {
    name: 'set-in-place-untold',
    what: 'no watch tells of a set in place',
    file: 'src/server/tree/apply.ts',
    find: `  if (triggers !== NO_TRIGGERS) triggers.nodeDataChanged(set.path, store.aclOf(node));
`,
    replace: '',
  },
  {
    name: 'set-in-place-let-go-too-early',
    what: 'the room of a set in place is given away when it is handed to the log, which has not written it yet',
    file: 'src/server/pipeline/ordered-writes.ts',
    find: `    if (write !== null) this.unfinished.push(write);
`,
    replace: `    if (write !== null) this.unfinished.push(write);
    if (write !== null) this.fastSets.release(write);
`,
  },
  {
    name: 'deletes-parents',
    what: 'a node can be deleted while it has children',
    file: 'src/server/tree/prepare-delete.ts',
    find: `  if (versionError !== ErrorCode.OK) return versionError;
  if (node.numChildren > 0) return ErrorCode.NOTEMPTY;
`,
    replace: `  if (versionError !== ErrorCode.OK) return versionError;
`,
  },
  {
    name: 'multi-applied-partly',
    what: 'of a refused multi the values that parts before the refused one set are set',
    file: 'src/server/tree/apply.ts',
    find: `    if (failed) {
`,
    replace: `    if (failed) {
      if (txn.type === OpCode.setData) applyTxn(target, header, txn);
`,
  },
  {
    name: 'suffix-used-again',
    what: 'snapshots do not hold the counter that sequence suffixes come from',
    file: 'src/server/tree/snapshot-record.ts',
    find: `  view.setInt32(44, records.head(id, Head.storedCversion));
`,
    replace: `  view.setInt32(44, 0);
`,
  },
  {
    name: 'deletions-not-counted',
    what: 'the cversion that clients see counts the children that came, and not those that went',
    file: 'src/server/tree/node-store.ts',
    find: `(2 * records.head(id, Head.storedCversion) - numChildren) | 0`,
    replace: `records.head(id, Head.storedCversion)`,
  },
  {
    name: 'snapshot-forgets-times',
    what: 'snapshots do not hold when nodes were changed',
    file: 'src/server/tree/snapshot-record.ts',
    find: `  view.setInt32(44, records.head(id, Head.storedCversion));
`,
    replace: `  view.setInt32(44, records.head(id, Head.storedCversion));
  view.setBigInt64(32, 0n);
`,
  },
  {
    name: 'snapshot-forgets-containers',
    what: 'in snapshots containers are nodes like others',
    file: 'src/server/tree/snapshot-record.ts',
    find: `  view.setBigInt64(52, store.ownerOf(id));
`,
    replace: `  view.setBigInt64(52, store.ownerOf(id) === -0x8000000000000000n ? 0n : store.ownerOf(id));
`,
  },
  {
    name: 'snapshot-claims-too-much',
    what: 'a snapshot is named after the next transaction, which it does not hold',
    file: 'src/server/tree/tree-snapshot.ts',
    find: `    this.zxid = options.zxid;
`,
    replace: `    this.zxid = options.zxid + 1;
`,
  },
  {
    name: 'ambiguity-denied',
    what: 'a write whose answer was lost is reported as one that was not done',
    file: 'src/client/call.ts',
    find: `return this.isSent && this.operation.isWrite;`,
    replace: `return false;`,
  },
  {
    name: 'lock-granted-on-event',
    what: 'a contender whose watch fired takes the lock without looking at the line again',
    file: 'src/recipes/support/turn.ts',
    find: `      place = await this.look();
    }
    return place.kind;
`,
    replace: `      place = { kind: 'first' };
    }
    return place.kind;
`,
  },
  {
    name: 'line-ordered-by-name',
    what: 'contenders stand in the order of their whole names, which begin at random',
    file: 'src/recipes/support/sequencer.ts',
    find: `  if (a.sequence !== null && b.sequence !== null && a.sequence !== b.sequence) return (a.sequence - b.sequence) | 0;
  return compareText(keyOf(a), keyOf(b)) || a.lockName - b.lockName || compareText(a.name, b.name);
`,
    replace: `  return compareText(a.name, b.name);
`,
  },
  {
    name: 'deadline-counted-from-reply',
    what: 'a lock is relied on for the session timeout from the last answer, not from what it answers',
    file: 'src/client/contact-times.ts',
    find: `    return this.vouchedSendMs + timeoutMs;
`,
    replace: `    return this.heardMs + timeoutMs;
`,
  },
  {
    name: 'deadline-ignored',
    what: 'a lock is relied on until the session is known to be over',
    file: 'src/recipes/support/grant.ts',
    find: `    return this.#leftMs() > 0 ? null : 'deadline-passed';
`,
    replace: `    return null;
`,
  },
  {
    name: 'deleted-before-given-up',
    what: 'the node of a lock is deleted first, and the hold ends when that is answered',
    file: 'src/recipes/support/hold.ts',
    find: `  #exit(): Promise<void> {
`,
    replace: `  async #exit(): Promise<void> {
    await this.#grant.client.guaranteedDelete(this.path, { sessionId: this.sessionId });
`,
  },
  {
    name: 'create-repeated-blindly',
    what: 'a contender whose creation was not answered is created again',
    file: 'src/recipes/support/protected-create.ts',
    find: `      return this.#isUncertain ? this.#lookUp() : 'again';
`,
    replace: `      this.#isUncertain = false;
      return 'again';
`,
  },
];

/** Those of a server, found in any world, and those of servers among themselves. */
export const mutants = [...serverMutants, ...ensembleMutants];
