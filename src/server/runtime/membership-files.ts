import { MembershipWriter } from '../config/membership-writer.js';
import type { Disk } from '../storage/disk.js';
import { StorageError } from '../storage/storage-error.js';
import type { EnsembleServerConfig } from './ensemble-server-config.js';

/** Null: members cannot change, or the configuration comes from no file. */
export function membershipWriter({ ensemble }: EnsembleServerConfig, disk: Disk): MembershipWriter | null {
  const { reconfigEnabled, files, sid } = ensemble;
  return reconfigEnabled && files !== null ? new MembershipWriter({ disk, files, sid }) : null;
}

/** A server that cannot keep who the members are must not go on: it would come back as one of an ensemble that is no more. */
export function membershipFailure({ ensemble }: EnsembleServerConfig, cause: unknown): StorageError {
  const file = ensemble.files?.configFile;
  return new StorageError({
    code: 'DISK_FAILED',
    what: `the members of the ensemble could not be written beside it: ${cause instanceof Error ? cause.message : String(cause)}`,
    ...(file === undefined ? {} : { file }),
    advice: 'With reconfigEnabled=true the server needs to write to the directory of its configuration',
    cause,
  });
}
