/** The `flags` of the create family (client-protocol 4.3). */
export const CreateFlags = {
  persistent: 0,
  ephemeral: 1,
  persistentSequential: 2,
  ephemeralSequential: 3,
  container: 4,
  persistentWithTtl: 5,
  persistentSequentialWithTtl: 6,
} as const;
export type CreateFlags = (typeof CreateFlags)[keyof typeof CreateFlags];

/** 0 to 6; servers refuse the rest with BADARGUMENTS. */
export function isCreateFlags(flags: number): flags is CreateFlags {
  return flags >= 0 && flags <= 6;
}

/** Whether the node ends with its session. */
export function isEphemeralFlags(flags: CreateFlags): boolean {
  return flags === CreateFlags.ephemeral || flags === CreateFlags.ephemeralSequential;
}

/** Whether the server appends the parent's counter to the name (client-protocol 4.4). */
export function isSequentialFlags(flags: CreateFlags): boolean {
  return (
    flags === CreateFlags.persistentSequential ||
    flags === CreateFlags.ephemeralSequential ||
    flags === CreateFlags.persistentSequentialWithTtl
  );
}

/** Whether the request must be a createTTL, whose record has a ttl. */
export function isTtlFlags(flags: CreateFlags): boolean {
  return flags === CreateFlags.persistentWithTtl || flags === CreateFlags.persistentSequentialWithTtl;
}

/** Longest TTL, ms: five bytes (client-protocol 4.5). */
export const TTL_MAX_MS = 0xff_ffff_ffff;
