/** What a server is doing, as election messages say it (quorum-protocol 1.1). */
export const PeerState = { LOOKING: 0, FOLLOWING: 1, LEADING: 2, OBSERVING: 3 } as const;

export type PeerState = (typeof PeerState)[keyof typeof PeerState];

/** The leader, zxid and epoch in the votes of a server that may not vote: long -2^63, which a double holds exactly. */
export const NO_VOTE = -(2 ** 63);
