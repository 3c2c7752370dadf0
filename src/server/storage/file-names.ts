import { formatZxid, parseZxid, type Zxid } from '../../protocol/zxid.js';
import type { SnapshotCompression } from './storage-options.js';

/** The directory below dataDir and dataLogDir that holds the files; its number is the format's. */
export const VERSION_DIRECTORY = 'version-2';

export interface LogName {
  readonly name: string;
  /** The first transaction in the file. */
  readonly zxid: Zxid;
}

export interface SnapshotName {
  readonly name: string;
  /** The last transaction whose effects the file has for certain. */
  readonly zxid: Zxid;
  readonly compression: SnapshotCompression;
}

const LOG = /^log\.([0-9a-fA-F]{1,16})$/;
const SNAPSHOT = /^snapshot\.([0-9a-fA-F]{1,16})(?:\.(gz|snappy))?$/;
/** What an interrupted write leaves behind: our own name for it, and the one other servers use. */
const UNFINISHED = /^(?:unfinished-)?snapshot\..*\.tmp$/;

export function logName(firstZxid: Zxid): string {
  return `log.${formatZxid(firstZxid)}`;
}

export function snapshotName(zxid: Zxid, compression: SnapshotCompression): string {
  return `snapshot.${formatZxid(zxid)}${compression === '' ? '' : `.${compression}`}`;
}

/** Not `snapshot.<zxid>.tmp`: that passes for a snapshot with other servers. */
export function unfinishedName(name: string): string {
  return `unfinished-${name}.tmp`;
}

export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name);
}

/** The logs among the names, oldest first. */
export function logsAmong(names: readonly string[]): LogName[] {
  const logs: LogName[] = [];
  for (const name of names) {
    const zxid = parseZxid(LOG.exec(name)?.[1] ?? '');
    if (zxid !== null) logs.push({ name, zxid });
  }
  return logs.sort((a, b) => a.zxid - b.zxid);
}

/** The snapshots among the names, newest first. */
export function snapshotsAmong(names: readonly string[]): SnapshotName[] {
  const snapshots: SnapshotName[] = [];
  for (const name of names) {
    const found = SNAPSHOT.exec(name);
    const zxid = parseZxid(found?.[1] ?? '');
    if (zxid !== null) snapshots.push({ name, zxid, compression: compressionOf(found?.[2]) });
  }
  return snapshots.sort((a, b) => b.zxid - a.zxid);
}

function compressionOf(suffix: string | undefined): SnapshotCompression {
  return suffix === 'gz' || suffix === 'snappy' ? suffix : '';
}
