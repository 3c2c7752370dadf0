// Deliberate faults of servers among themselves: mistakes that implementations of ZAB have really had, most of them.

/** @type {readonly import('./table.mjs').Mutant[]} */
export const ensembleMutants = [
  {
    name: 'follower-acks-before-fsync',
    what: 'a follower acknowledges a proposal when it has come, not when it is on its device',
    file: 'src/server/zab/learner.ts',
    find: `      if (next > this.durable) return;
`,
    replace: '',
  },
  {
    name: 'leader-counts-itself-too-early',
    what: 'a leader counts itself among those who have a proposal before its own device has it',
    file: 'src/server/zab/broadcast.ts',
    find: `    this.effects.persist(entry);
`,
    replace: `    this.effects.persist(entry);
    this.acked(this.options.sid, zxid);
`,
  },
  {
    name: 'commit-without-quorum',
    what: 'a leader commits what any one server has',
    file: 'src/server/zab/broadcast.ts',
    find: `this.options.quorums.bound(this.ackedBy)`,
    replace: `(Math.max(...this.ackedBy.values()) as Zxid)`,
  },
  {
    name: 'commits-out-of-order',
    what: 'a leader tells its followers of the newest transaction of a group first',
    file: 'src/server/zab/broadcast.ts',
    find: `      if (next.zxid > bound) break;
`,
    replace: `      if (next.zxid > bound) break;
      const after = this.outstanding[this.first + 1];
      if (after !== undefined && after.zxid <= bound) {
        for (const peer of this.options.peers) {
          if (peer.isForwardedTo && !peer.isObserver) this.effects.send(peer, PacketType.COMMIT, after.zxid, null);
        }
      }
`,
  },
  {
    name: 'outstanding-not-caught-up',
    what: 'who comes while proposals are under way is not told of them',
    file: 'src/server/zab/broadcast.ts',
    find: `    if (peer.isObserver) return;
    for (let i`,
    replace: `    if (position >= 0) return;
    for (let i`,
  },
  {
    name: 'proposals-only-when-up-to-date',
    what: 'a learner is sent proposals and commits only when it has acknowledged NEWLEADER',
    file: 'src/server/zab/learner-peer.ts',
    find: `    return this.phase === 'synchronising' || this.isSynchronised;
`,
    replace: `    return this.isSynchronised;
`,
  },
  {
    name: 'newleader-acked-before-history',
    what: 'NEWLEADER is acknowledged while the history that it stands for is on its way to the device',
    file: 'src/server/runtime/ensemble-replica.ts',
    find: `      return storage.commitDurable();
    });
  }

  serve`,
    replace: `      return storage.lastLoggedZxid as Zxid as DurableHistory;
    });
  }

  serve`,
    also: [
      {
        file: 'src/server/storage/server-storage.ts',
        find: `    const durable = await this.commitDurable();
    if (history`,
        replace: `    const durable = this.lastLoggedZxid;
    if (history`,
      },
    ],
  },
  {
    name: 'snapshot-not-installed',
    what: 'NEWLEADER is acknowledged with the snapshot of the leader in memory only',
    file: 'src/server/runtime/ensemble-replica.ts',
    find: `        await storage.install(this.state.tree, new Map(this.state.sessionList()));
`,
    replace: '',
  },
  {
    name: 'truncation-skipped',
    what: 'what the leader wants cut off stays in the log',
    file: 'src/server/quorum/learner-driver.ts',
    find: `this.deps.replica.truncate(zxid)`,
    replace: `Promise.resolve<Zxid | null>(zxid)`,
  },
  {
    name: 'epoch-promised-before-written',
    what: 'a learner promises an epoch while acceptedEpoch is on its way to the device',
    file: 'src/server/zab/learner.ts',
    find: `    this.effects.acceptEpoch(this.epoch);
`,
    replace: `    this.effects.acceptEpoch(this.epoch);
    this.ackEpoch(this.options.currentEpoch);
`,
  },
  {
    name: 'epoch-offered-before-written',
    what: 'a leader offers an epoch while acceptedEpoch is on its way to the device',
    file: 'src/server/zab/leader.ts',
    find: `    else this.effects.acceptEpoch(epoch);
`,
    replace: `    else {
      this.effects.acceptEpoch(epoch);
      this.epochAccepted(epoch as DurableAcceptedEpoch);
    }
`,
  },
  {
    name: 'epoch-file-not-synced',
    what: 'the files of epochs are renamed, but the directory is not synced',
    file: 'src/server/storage/epoch-files.ts',
    find: `    await this.disk.rename(this.path(unfinishedName(name)), this.path(name));
    await this.disk.syncDirectory(this.directory);
`,
    replace: `    await this.disk.rename(this.path(unfinishedName(name)), this.path(name));
`,
  },
  {
    name: 'led-without-promises',
    what: 'a leader enters its epoch when it has accepted it itself, and waits for no promises',
    file: 'src/server/zab/leader.ts',
    find: `    if (this.isPromised || !this.discovery.promise(sid)) return;
`,
    replace: `    if (this.isPromised) return;
    this.discovery.promise(sid);
`,
  },
  {
    name: 'established-without-quorum',
    what: 'a leader serves when the first learner, or only itself, has its history',
    file: 'src/server/zab/leader.ts',
    find: ` || !this.newLeaderAcks.hasAllQuorums) return;
`,
    replace: `) return;
`,
  },
  {
    name: 'vote-overlooks-history',
    what: 'the server with the greatest id is elected, whatever its history, and leads who knows more',
    file: 'src/server/zab/vote.ts',
    find: `  if (a.zxid !== b.zxid) return a.zxid > b.zxid;
`,
    replace: '',
    also: [
      {
        file: 'src/server/zab/discovery.ts',
        find: `    const { own } = this.options;
    return currentEpoch > own.currentEpoch || (currentEpoch === own.currentEpoch && lastZxid > own.lastZxid);
`,
        replace: `    return currentEpoch > currentEpoch + lastZxid;
`,
      },
    ],
  },
  {
    name: 'applied-when-proposed',
    what: 'a follower applies what is proposed, committed or not',
    file: 'src/server/zab/learner.ts',
    find: `    this.effects.accept(entry);
    return true;
`,
    replace: `    this.effects.accept(entry);
    this.effects.commit(zxid as CommittedZxid);
    return true;
`,
  },
  {
    name: 'follower-answers-sync',
    what: 'a follower answers a sync by itself',
    file: 'src/server/pipeline/learner-writes.ts',
    find: `    this.syncs.push(request);
    this.send(request.link, frame);
`,
    replace: `    void frame;
    this.tools.desk.ready(request);
`,
  },
  {
    name: 'sync-answered-unasked',
    what: 'a leader answers a sync at once, and does not hear from a quorum first whether it still leads',
    file: 'src/server/zab/sync-rounds.ts',
    find: `    return confirmed.hasAllQuorums;
`,
    replace: `    return confirmed.hasAllQuorums || wanted.size < Infinity;
`,
  },
  {
    name: 'served-before-up-to-date',
    what: 'a learner serves when it has acknowledged NEWLEADER, and does not wait for UPTODATE',
    file: 'src/server/zab/learner.ts',
    find: `    this.phase = 'up-to-date';
    this.effects.send(PacketType.ACK, makeZxid(epoch, 0), null);
    this.acknowledge();
`,
    replace: `    this.phase = 'broadcast';
    this.effects.send(PacketType.ACK, makeZxid(epoch, 0), null);
    this.acknowledge();
    this.effects.serve(this.epoch);
`,
    also: [
      {
        file: 'src/server/zab/learner.ts',
        find: `    if (this.phase !== 'up-to-date') return this.unexpected(packet);
    this.phase = 'broadcast';
    this.effects.send(PacketType.ACK, makeZxid(this.epoch, 0), null);
    this.effects.serve(this.epoch);
`,
        replace: `    this.effects.send(PacketType.ACK, makeZxid(this.epoch, 0), null);
    void packet;
`,
      },
    ],
  },
  {
    name: 'learner-drops-a-set',
    what: 'a learner sets no data now and then, and does not hold its tree against the digest of its leader',
    file: 'src/server/pipeline/learner-writes.ts',
    find: `    const result = parts.tree.applyLogged(set, applier.begin(zxid));
`,
    replace: `    if (zxid % 7 === 0) set.dataEnd = set.dataStart;
    const result = parts.tree.applyLogged(set, applier.begin(zxid));
`,
    also: [
      {
        file: 'src/server/pipeline/learner-writes.ts',
        find: `!logged.isWith(parts.tree.digestSum)) this.learner.diverged(zxid);
`,
        replace: `!logged.isWith(parts.tree.digestSum)) void this.learner.diverged;
`,
      },
    ],
  },
  {
    name: 'old-members-not-asked',
    what: 'a change of members is committed when a quorum of the new ones has it',
    file: 'src/server/zab/quorums.ts',
    find: `    const bound = boundOf(this.inForce, acked);
`,
    replace: `    const bound = boundOf(this.next?.verifier ?? this.inForce, acked);
`,
  },
  {
    name: 'new-members-not-asked',
    what: 'a change of members is committed when a quorum of the old ones has it',
    file: 'src/server/zab/quorums.ts',
    find: `    return both >= bound ? bound : (Math.max(both, this.next.from - 1) as Zxid);
`,
    replace: `    return both >= bound ? bound : (Math.max(bound, this.next.from - 1) as Zxid);
`,
  },
  {
    name: 'proposed-members-forgotten',
    what: 'a server that starts does not read which members were proposed last',
    file: 'src/server/config/read-ensemble-config.ts',
    find: `  return next !== null && next.version > membership.version ? next : membership;
`,
    replace: `  return next === null || next.version >= 0 ? membership : next;
`,
  },
  {
    name: 'snapshot-ahead-of-log',
    what: 'a snapshot is begun of a change of members that is still waiting for the log',
    file: 'src/server/runtime/server-core.ts',
    find: `if (upTo <= storage.lastLoggedZxid) storage`,
    replace: `storage`,
  },
  {
    name: 'session-expired-by-follower',
    what: 'a follower ends sessions whose time is up as far as it has heard',
    file: 'src/server/pipeline/learner-writes.ts',
    find: `  expireSessions(): ClientSession[] {
    return [];
`,
    replace: `  expireSessions(nowMs = 0): ClientSession[] {
    for (const { id } of this.tools.parts.sessions.expire(nowMs)) {
      this.turnTo(id, { xid: NO_CXID, type: OpCode.closeSession });
      this.request.body = null;
      this.request.authinfo = null;
      this.learner.upstream.request(this.request);
    }
    return [];
`,
  },
  {
    name: 'touches-untold',
    what: 'a follower keeps to itself which sessions it has heard of',
    file: 'src/server/pipeline/learner-writes.ts',
    find: `    this.touched.push(session);
`,
    replace: '',
  },
  {
    name: 'session-refused-unasked',
    what: 'a leader calls a session over of which it knows nothing, and does not ask whether it still leads',
    file: 'src/server/pipeline/ordered-writes.ts',
    find: `    if (ensemble === null || this`,
    replace: `    if (ensemble === null || sessionId !== 0n || this`,
    also: [
      {
        file: 'src/server/quorum/revalidation.ts',
        find: `  isConfirmed = false;
`,
        replace: `  isConfirmed = true;
`,
      },
    ],
  },
];
