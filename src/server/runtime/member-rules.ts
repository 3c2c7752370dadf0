import { SERVER_ID_MAX } from '../config/server-id.js';
import type { MemberRules } from '../zab/reconfig.js';
import type { EnsembleServerConfig } from './ensemble-server-config.js';

/** What the configuration demands of members, at a start and of changes alike. */
export function memberRules({ ensemble, extendedTypesEnabled }: EnsembleServerConfig): MemberRules {
  return {
    participantsMin: ensemble.standaloneEnabled ? 2 : 1,
    sidMax: extendedTypesEnabled ? SERVER_ID_MAX - 1 : SERVER_ID_MAX,
    multiAddressEnabled: ensemble.multiAddressEnabled,
  };
}
