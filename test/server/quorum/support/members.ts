import { QuorumConfig } from '../../../../src/server/zab/quorum-config.js';

/** Ports that the recordings use: 22101 for the quorum, 22201 for elections of server 1. */
export const QUORUM_PORT_BASE = 22_100;
export const ELECTION_PORT_BASE = 22_200;

/** Where server N of a simulated ensemble lives. */
export function addressOf(sid: number): string {
  return `server-${sid}`;
}

export interface MembersOptions {
  readonly observers?: readonly number[];
  readonly version?: string;
  readonly hostOf?: (sid: number) => string;
}

export function membersOf(voters: readonly number[], options: MembersOptions = {}): QuorumConfig {
  const { observers = [], version = '0', hostOf = addressOf } = options;
  const line = (sid: number, role: string): string =>
    `server.${sid}=${hostOf(sid)}:${QUORUM_PORT_BASE + sid}:${ELECTION_PORT_BASE + sid}:${role}`;
  const lines = [
    ...voters.map((sid) => line(sid, 'participant')),
    ...observers.map((sid) => line(sid, 'observer')),
    `version=${version}`,
  ];
  return QuorumConfig.parse(lines.join('\n'));
}
