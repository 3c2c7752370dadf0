import type { LearnerInfo } from '../../protocol/quorum/learner-info.js';
import { ZAB_PROTOCOL_VERSION } from '../../protocol/quorum/learner-info.js';
import { EPOCH_MAX, formatZxid, type Zxid } from '../../protocol/zxid.js';

/** How a learner introduces itself. */
export interface Introduction extends LearnerInfo {
  readonly acceptedEpoch: number;
}

/** Why this leader cannot lead who says this; null: it can. */
export function introductionFault(
  { sid, protocolVersion, configVersion, acceptedEpoch }: Introduction,
  own: { readonly sid: number; readonly configVersion: Zxid },
): string | null {
  if (sid === own.sid) return `it says that it is server ${sid}, which is this one`;
  if (protocolVersion === null || protocolVersion < ZAB_PROTOCOL_VERSION) {
    return `it speaks version ${protocolVersion ?? 0} of the protocol, from before ZAB 1.0`;
  }
  if (acceptedEpoch < 0 || acceptedEpoch >= EPOCH_MAX) {
    return `it has accepted epoch ${acceptedEpoch}, which no epoch can follow`;
  }
  if (configVersion !== null && configVersion > own.configVersion) {
    return `it knows configuration ${formatZxid(configVersion)}, which is newer than ours`;
  }
  return null;
}
