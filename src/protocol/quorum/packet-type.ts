/** What a packet between servers says (quorum-protocol 3.1). Names are Apache's. */
export const PacketType = {
  REQUEST: 1,
  PROPOSAL: 2,
  ACK: 3,
  COMMIT: 4,
  PING: 5,
  REVALIDATE: 6,
  SYNC: 7,
  INFORM: 8,
  COMMITANDACTIVATE: 9,
  NEWLEADER: 10,
  FOLLOWERINFO: 11,
  UPTODATE: 12,
  DIFF: 13,
  TRUNC: 14,
  SNAP: 15,
  OBSERVERINFO: 16,
  LEADERINFO: 17,
  ACKEPOCH: 18,
  INFORMANDACTIVATE: 19,
} as const;

const names = new Map<number, string>(Object.entries(PacketType).map(([name, type]) => [type, name]));

/** For logs: the name of a type read off the wire, or its number when it is unknown. */
export function packetTypeName(type: number): string {
  return names.get(type) ?? String(type);
}
