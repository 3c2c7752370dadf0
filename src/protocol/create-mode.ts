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

export function isCreateFlags(flags: number): flags is CreateFlags {
  return flags >= 0 && flags <= 6;
}

export function isEphemeralFlags(flags: CreateFlags): boolean {
  return flags === CreateFlags.ephemeral || flags === CreateFlags.ephemeralSequential;
}

export function isSequentialFlags(flags: CreateFlags): boolean {
  return (
    flags === CreateFlags.persistentSequential ||
    flags === CreateFlags.ephemeralSequential ||
    flags === CreateFlags.persistentSequentialWithTtl
  );
}

export function isTtlFlags(flags: CreateFlags): boolean {
  return flags === CreateFlags.persistentWithTtl || flags === CreateFlags.persistentSequentialWithTtl;
}

/** Longest TTL, ms: five bytes (client-protocol 4.5). */
export const TTL_MAX_MS = 0xff_ffff_ffff;
