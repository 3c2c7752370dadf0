import { OpCode } from '../../protocol/op-codes.js';
import type { Txn, TxnHeader } from '../../protocol/txn.js';
import { ZXID_NONE, formatZxid, type Zxid } from '../../protocol/zxid.js';
import { DataTree, type DataTreeOptions } from '../tree/data-tree.js';
import { NO_TRIGGERS } from '../tree/triggers.js';
import type { DataDirectories } from './data-dir.js';
import { DigestCheck } from './digest-check.js';
import type { Disk } from './disk.js';
import { logsAmong, snapshotsAmong, type LogName, type SnapshotName } from './file-names.js';
import { holdTransactions, replayLogs, type LogCut, type Replayed } from './log-replay.js';
import type { Recovered } from './recovered.js';
import { looksWhole, readSnapshot, type LoadedSnapshot } from './snapshot-reader.js';
import { checkMarker, isOutdated, readMarker, type StateMarker } from './state-marker.js';
import { StorageError } from './storage-error.js';

const REBUILD = 'Restore the directory from a backup or another server';

export interface RecoveryOptions {
  readonly disk: Disk;
  readonly directories: DataDirectories;
  readonly treeOptions: DataTreeOptions;
  readonly entryBytesMax: number;
  readonly snapshotTrustEmpty: boolean;
  /**
   * What was read need not be committed. Ephemerals without a session then stay: only a leader may remove them, and it must know
   * that all it has is committed.
   */
  readonly ensemble: boolean;
  readonly tailCount: number;
  readonly warned: (message: string) => void;
}

export interface Recovery extends Recovered {
  /** The log that holds the last transaction, when one was replayed. */
  readonly lastLog: string | null;
  /** All of it was once known to be on the device; otherwise its end may be in the memory of the system only. */
  readonly isKnownDurable: boolean;
  /** Logs that a crash left without even a header: nothing can be in them. */
  readonly unstarted: readonly string[];
  /** Where the newest log ends behind its last record; null when there is none. */
  readonly cut: LogCut | null;
  /** The first transaction in that log that was not wanted any more. */
  readonly following: Zxid | null;
}

/**
 * Rebuilds the data from a server's files (storage-format 5). It only reads: what it refuses stays as it was. Rejects
 * with a StorageError that says which file is wrong, where, and what can be done.
 */
export async function recover(options: RecoveryOptions): Promise<Recovery> {
  const files = await filesOf(options);
  const marker = await validMarker(options);
  const recovery = await rebuild(options, files);
  const { lastZxid } = recovery;
  if (marker !== null) checkMarker(marker, { directory: options.directories.logs, lastZxid, logs: files.logs });
  finishTree(options, recovery);
  return { ...recovery, isKnownDurable: marker !== null && marker.lastZxid >= recovery.lastZxid };
}

async function validMarker({ disk, directories }: RecoveryOptions): Promise<StateMarker | null> {
  const marker = await readMarker(disk, directories.logs);
  return marker === null || (await isOutdated(marker, disk, directories.snapshots)) ? null : marker;
}

/**
 * The same as if nothing had come after a transaction (or the beginning of an epoch), for cutting the log there. Rejects with a
 * StorageError also when a snapshot might hold effects of what comes after.
 */
export async function recoverUpTo(upTo: Zxid, options: RecoveryOptions): Promise<Recovery> {
  const { snapshots, logs } = await filesOf(options);
  const recovery = await rebuild(options, {
    snapshots: snapshots.filter(({ zxid }) => zxid <= upTo),
    logs: logs.filter(({ zxid }) => zxid <= upTo),
    upTo,
  });
  finishTree(options, recovery);
  return recovery;
}

interface FoundFiles {
  /** Newest first. */
  readonly snapshots: readonly SnapshotName[];
  /** Oldest first. */
  readonly logs: readonly LogName[];
  /** Null: all there is. */
  readonly upTo: Zxid | null;
}

async function filesOf({ disk, directories }: RecoveryOptions): Promise<FoundFiles> {
  return {
    snapshots: snapshotsAmong(await disk.list(directories.snapshots)),
    logs: logsAmong(await disk.list(directories.logs)),
    upTo: null,
  };
}

function rebuild(options: RecoveryOptions, files: FoundFiles): Promise<Recovery> {
  return files.snapshots.length === 0 ? fromLogsAlone(options, files) : fromSnapshots(options, files);
}

async function fromSnapshots(options: RecoveryOptions, found: FoundFiles): Promise<Recovery> {
  const faults: string[] = [];
  const directory = options.directories.snapshots;
  for (const snapshot of found.snapshots) {
    const result = await trySnapshot(options, snapshot, found);
    if (!(result instanceof StorageError)) return result;
    faults.push(result.message);
    options.warned(`a snapshot cannot be used, trying the one before it: ${result.message}`);
  }
  throw new StorageError({
    code: 'CORRUPT',
    file: directory,
    what: `none of its ${found.snapshots.length} snapshots can be used; ${faults.join('; ')}`,
    advice: REBUILD,
  });
}

/** A StorageError as the result: this snapshot is not good, an older one may be. One thrown: the logs are not. */
async function trySnapshot(
  options: RecoveryOptions,
  snapshot: SnapshotName,
  found: FoundFiles,
): Promise<Recovery | StorageError> {
  const directory = options.directories.snapshots;
  const unusable = (what: string): StorageError =>
    new StorageError({ code: 'CORRUPT', file: `${directory}/${snapshot.name}`, what });
  if (!(await looksWhole(options.disk, directory, snapshot))) return unusable('it is cut short');
  let loaded: LoadedSnapshot;
  try {
    loaded = await readSnapshot({ disk: options.disk, directory, snapshot }, options.treeOptions);
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
  const rebuild = new Rebuild(options, { ...loaded, zxid: snapshot.zxid });
  const replayed = await rebuild.replay(found);
  const missingAfter = replayed.lastZxid < rebuild.digests.windowEnd;
  if (missingAfter) {
    return unusable(
      `it has effects of transactions up to 0x${formatZxid(rebuild.digests.windowEnd)}, but the logs end with ` +
        `0x${formatZxid(replayed.lastZxid)}`,
    );
  }
  if (loaded.tree.unresolvedAclCount > 0) {
    return unusable(`${loaded.tree.unresolvedAclCount} nodes name an ACL that it does not hold`);
  }
  if (found.upTo !== null && !rebuild.digests.isOfOneMoment) {
    return unusable('it does not say whether it has effects of later transactions');
  }
  return rebuild.result(replayed, snapshot.name);
}

async function fromLogsAlone(options: RecoveryOptions, found: FoundFiles): Promise<Recovery> {
  const { logs } = found;
  const directory = options.directories.logs;
  const { disk, entryBytesMax } = options;
  if (!options.snapshotTrustEmpty && (await holdTransactions({ disk, entryBytesMax, directory, logs }))) {
    throw new StorageError({
      code: 'INCOMPLETE',
      file: options.directories.snapshots,
      what: 'there are logged transactions, but no snapshot for them to build on',
      advice:
        'Put the snapshots back; if there never was one, as in data of ZooKeeper 3.4, start once with snapshot.trust.empty=true',
    });
  }
  const tree = new DataTree(options.treeOptions);
  const rebuild = new Rebuild(options, { tree, sessions: new Map(), digest: null, zxid: null });
  return rebuild.result(await rebuild.replay(found), null);
}

/** One attempt: a tree to begin with, and what the logs add. */
class Rebuild {
  readonly digests: DigestCheck;
  private readonly options: RecoveryOptions;
  private readonly tree: DataTree;
  private readonly sessions: Map<bigint, number>;
  private readonly after: Zxid;

  constructor(options: RecoveryOptions, start: LoadedSnapshot & { readonly zxid: Zxid | null }) {
    this.options = options;
    this.tree = start.tree;
    this.sessions = start.sessions;
    this.after = start.zxid ?? ZXID_NONE;
    this.digests = new DigestCheck({ snapshot: start.digest, snapshotZxid: start.zxid, warned: options.warned });
  }

  async replay({ logs, upTo }: Pick<FoundFiles, 'logs' | 'upTo'>): Promise<Replayed> {
    const comparing = this.options.treeOptions.digestEnabled;
    if (comparing) this.digests.compare(this.after, null, this.tree.digest);
    const replayed = await replayLogs({
      disk: this.options.disk,
      directory: this.options.directories.logs,
      logs,
      after: this.after,
      entryBytesMax: this.options.entryBytesMax,
      upTo,
      tailCount: this.options.tailCount,
      apply: (header, txn, digest) => {
        this.apply(header, txn);
        if (comparing) this.digests.compare(header.zxid, digest, this.tree.digest);
      },
    });
    for (const { name, offset } of replayed.torn) {
      this.options.warned(
        `${name} ends with a record that a crash cut off at byte ${offset}; it was never acknowledged`,
      );
    }
    return replayed;
  }

  result(replayed: Replayed, snapshot: string | null): Recovery {
    return {
      tree: this.tree,
      sessions: this.sessions,
      lastZxid: replayed.lastZxid,
      snapshot,
      replayedTxns: replayed.txns,
      digestMismatches: this.digests.mismatches,
      lastLog: replayed.lastLog,
      isKnownDurable: false,
      unstarted: replayed.unstarted,
      tail: replayed.tail,
      cut: replayed.cut,
      following: replayed.following,
    };
  }

  private apply(header: TxnHeader, txn: Txn): void {
    this.tree.apply(header, txn, NO_TRIGGERS);
    if (txn.type === OpCode.createSession) this.sessions.set(header.clientId, txn.timeOut);
    else if (txn.type === OpCode.closeSession) this.sessions.delete(header.clientId);
  }
}

/** What is not in the files but follows from them. */
function finishTree(options: RecoveryOptions, { tree, sessions }: Recovered): void {
  tree.recomputeQuotas();
  if (options.ensemble) return;
  const orphans = tree.removeOrphanEphemerals((sessionId) => sessions.has(sessionId));
  if (orphans.length === 0) return;
  options.warned(
    `the data were inconsistent: ${orphans.length} ephemeral nodes of sessions that do not exist were removed, ` +
      `among them ${orphans.slice(0, 3).join(', ')}`,
  );
}
