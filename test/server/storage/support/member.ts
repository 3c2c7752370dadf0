import { OpCode } from '../../../../src/protocol/op-codes.js';
import { writeTxn, writeTxnDigest, writeTxnHeader } from '../../../../src/protocol/txn-codec.js';
import { JuteWriter } from '../../../../src/protocol/jute-writer.js';
import type { Disk } from '../../../../src/server/storage/disk.js';
import { logForm } from '../../../../src/server/storage/log-form.js';
import { ServerStorage } from '../../../../src/server/storage/server-storage.js';
import type { StorageSettings } from '../../../../src/server/storage/storage-options.js';
import { NO_TRIGGERS } from '../../../../src/server/tree/triggers.js';
import { EventLog, ManualClock, constantRandom } from './storage-rig.js';
import type { LoggedTxn, Step } from './workload.js';

export const DIRECTORY = '/data/version-2';

/** The storage of a member of an ensemble, and what its peer does with it. */
export class Member {
  readonly storage: ServerStorage;
  readonly events: EventLog;

  private constructor(storage: ServerStorage, events: EventLog) {
    this.storage = storage;
    this.events = events;
  }

  static async start(disk: Disk, settings: Partial<StorageSettings> = {}, dataLogDir = '/data'): Promise<Member> {
    const events = new EventLog();
    const storage = await ServerStorage.open({
      ...{ disk, events, clock: new ManualClock(), random: constantRandom(0), dataDir: '/data', dataLogDir },
      extendedTypesEnabled: true,
      ensemble: true,
      settings: { preAllocBytes: 700, ...settings },
    });
    return new Member(storage, events);
  }

  /** Promises an epoch and takes over its history, which is the one there is. */
  async epoch(epoch: number): Promise<void> {
    await this.storage.acceptEpoch(epoch);
    await this.storage.enterEpoch(epoch, await this.storage.commitDurable());
  }

  /** Logs them, one commit for all; they need not be committed. */
  async log(list: readonly LoggedTxn[]): Promise<void> {
    for (const { header, txn, digest } of list) this.storage.append(header, txn, digest);
    await this.storage.commit();
  }

  /** They are committed. */
  apply(list: readonly LoggedTxn[]): void {
    const { tree, sessions } = this.storage.recovered;
    for (const { header, txn } of list) {
      tree.apply(header, txn, NO_TRIGGERS);
      if (txn.type === OpCode.createSession) sessions.set(header.clientId, txn.timeOut);
      if (txn.type === OpCode.closeSession) sessions.delete(header.clientId);
    }
  }

  async write(list: readonly LoggedTxn[]): Promise<void> {
    await this.log(list);
    this.apply(list);
  }

  snapshot(): Promise<string> {
    const { tree, sessions } = this.storage.recovered;
    return this.storage.snapshotNow(tree, () => sessions);
  }
}

/** Transactions of every type. */
export function someSteps(count: number, seed = 1): Step[] {
  return Array.from({ length: count }, (_, index) => [
    [0, 8, 9, 4, 8, 2, 6, 8, 5, 1][(index + (seed - 1) * 3) % 10]!,
    index * 31 * seed,
    (index * 53 * seed) % 300,
    index * 7 * seed,
  ]);
}

/** As a PROPOSAL carries it. */
export function entryOf({ header, txn, digest }: LoggedTxn): Buffer {
  const writer = new JuteWriter();
  writeTxnHeader(writer, header);
  writeTxn(writer, logForm(txn));
  writeTxnDigest(writer, digest);
  return writer.take();
}
