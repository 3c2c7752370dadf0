import type { Zxid } from '../../protocol/zxid.js';
import type { CommittedLog } from './committed-log.js';
import type { DurableAcceptedEpoch, DurableCurrentEpoch } from './durable.js';
import type { Quorums } from './quorums.js';

/** What a leader begins with. */
export interface LeaderOptions {
  readonly sid: number;
  readonly quorums: Quorums;
  readonly acceptedEpoch: DurableAcceptedEpoch;
  readonly currentEpoch: DurableCurrentEpoch;
  /** The end of the log, committed or not: all of it is history (4.5). */
  readonly lastLogged: Zxid;
  readonly log: CommittedLog;
  /** Of the configuration that this server takes for current. */
  readonly configVersion: Zxid;
  /** In ticks. */
  readonly initLimit: number;
  readonly syncLimit: number;
}
