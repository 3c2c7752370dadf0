import { formatZxid, parseZxid, type Zxid } from '../../protocol/zxid.js';
import type { Disk } from './disk.js';
import { readAcceptedEpoch } from './epoch-files.js';
import { logsAmong, type LogName } from './file-names.js';
import type { HistoryChange } from './history-change.js';
import { StorageError } from './storage-error.js';

/** Other servers ignore a file of this name in their directory (operations 7.10). */
const MARKER_NAME = 'pinfold-state';
/** Room for the names of more files than a directory has. */
const MARKER_BYTES_MAX = 16 * 1024 * 1024;

export interface StateMarker {
  /** At least up to here transactions were acknowledged. */
  readonly lastZxid: Zxid;
  /** The log that was being written. */
  readonly lastLog: string | null;
  /** What is to be done before anything else: with it, the rest is as it will be then. */
  readonly change: HistoryChange | null;
  /** The newest epoch accepted when it was written; null outside an ensemble. */
  readonly epoch: number | null;
}

/**
 * Remembers, outside the logs, how far they went. Without it a deleted or cut last log cannot be told from one that
 * never was, and acknowledged writes would be gone without a word. It is written when a log file is started, after
 * a recovery and at a clean stop, not at every commit: it may lag behind, but never runs ahead. It also holds the change
 * of history that is under way, because it is replaced as a whole or not at all.
 */
export async function writeMarker(disk: Disk, directory: string, marker: StateMarker): Promise<void> {
  const path = `${directory}/${MARKER_NAME}`;
  const file = await disk.create(`${path}.tmp`);
  try {
    const { lastLog, change, epoch } = marker;
    const text = {
      ...{ format: 1, lastZxid: formatZxid(marker.lastZxid), lastLog },
      ...(change !== null && { change }),
      ...(epoch !== null && { epoch }),
    };
    await file.write(Buffer.from(`${JSON.stringify(text)}\n`), 0);
    await file.datasync();
  } finally {
    await file.close();
  }
  await disk.rename(`${path}.tmp`, path);
  await disk.syncDirectory(directory);
}

/** Null when there is none, as in directories of other servers; also when it cannot be read: it is only a help. */
export async function readMarker(disk: Disk, directory: string): Promise<StateMarker | null> {
  const path = `${directory}/${MARKER_NAME}`;
  const entry = await disk.stat(path);
  if (entry === null || entry.sizeBytes > MARKER_BYTES_MAX) return null;
  const file = await disk.openForRead(path);
  try {
    const bytes = Buffer.alloc(entry.sizeBytes);
    await file.read(bytes, 0);
    return parseMarker(bytes.toString('utf8'));
  } finally {
    await file.close();
  }
}

/**
 * Whether a server of another kind has used the directory since: it follows leaders of later epochs, who may have had it truncate its
 * log, and knows nothing of this file.
 */
export async function isOutdated(marker: StateMarker, disk: Disk, snapshots: string): Promise<boolean> {
  if (marker.epoch === null) return false;
  const accepted = await readAcceptedEpoch(disk, snapshots);
  return accepted !== null && accepted > marker.epoch;
}

interface Found {
  readonly directory: string;
  readonly lastZxid: Zxid;
  readonly logs: readonly LogName[];
}

/**
 * Throws when the logs end before what is known to have been acknowledged, or the one that was being written is gone. A
 * snapshot may lie behind what the marker tells, and would hide that.
 */
export function checkMarker(marker: StateMarker, found: Found): void {
  const { lastZxid, lastLog } = marker;
  if (found.lastZxid < lastZxid) {
    throw incomplete(
      found,
      `the newest transaction found is 0x${formatZxid(found.lastZxid)}, but this server had acknowledged ` +
        `0x${formatZxid(lastZxid)}${lastLog === null ? '' : `, last in ${lastLog}`}`,
    );
  }
  const last = lastLog === null ? undefined : logsAmong([lastLog])[0];
  if (last === undefined || found.logs.some(({ zxid }) => zxid >= last.zxid)) return;
  throw incomplete(found, `${last.name} is gone, which held the newest transactions that this server had acknowledged`);
}

function incomplete({ directory }: Found, what: string): StorageError {
  return new StorageError({
    code: 'INCOMPLETE',
    file: directory,
    what,
    advice:
      'Put the missing or cut log back, or restore a backup; to accept the loss of those transactions, ' +
      `remove ${MARKER_NAME} there and start again`,
  });
}

function parseMarker(text: string): StateMarker | null {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const fields = fieldsOf(found);
  const lastZxid = typeof fields['lastZxid'] === 'string' ? parseZxid(fields['lastZxid']) : null;
  if (lastZxid === null) return null;
  const lastLog = typeof fields['lastLog'] === 'string' ? fields['lastLog'] : null;
  const epoch = typeof fields['epoch'] === 'number' ? fields['epoch'] : null;
  return { lastZxid, lastLog, change: changeIn(fields['change']), epoch };
}

function changeIn(found: unknown): HistoryChange | null {
  if (typeof found !== 'object' || found === null) return null;
  const { snapshot, snapshots, logs, cut } = fieldsOf(found);
  const { log, sizeBytes } = fieldsOf(cut);
  return {
    snapshot: typeof snapshot === 'string' ? snapshot : null,
    snapshots: namesIn(snapshots),
    logs: namesIn(logs),
    cut: typeof log === 'string' && typeof sizeBytes === 'number' ? { log, sizeBytes } : null,
  };
}

function fieldsOf(found: unknown): Readonly<Record<string, unknown>> {
  return typeof found === 'object' && found !== null ? { ...found } : {};
}

function namesIn(found: unknown): string[] {
  return Array.isArray(found) ? found.filter((name) => typeof name === 'string') : [];
}
