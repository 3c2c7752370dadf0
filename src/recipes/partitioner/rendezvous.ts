import { createHash } from 'node:crypto';

/** Somebody who takes part in the sharing. */
export interface WeightedMember {
  readonly id: string;
  /** How much of the whole it is to have, beside the others'. Above 0. */
  readonly weight: number;
}

const HASH_BYTES = 6;
const HASHES = 2 ** (8 * HASH_BYTES);

/**
 * Who is to have each partition: the same answer wherever the same members and partitions are known. By rendezvous hashing:
 * a member that comes takes its share from the others and nothing else moves, and what a member had that goes is spread
 * over the others. On average each has its share by weight; with few partitions the shares differ.
 */
export function planOf(partitions: Iterable<string>, members: readonly WeightedMember[]): Map<string, string> {
  const plan = new Map<string, string>();
  const ordered = [...members].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const partition of partitions) {
    const owner = ownerOf(partition, ordered);
    if (owner !== null) plan.set(partition, owner);
  }
  return plan;
}

function ownerOf(partition: string, members: readonly WeightedMember[]): string | null {
  let best: { readonly id: string; readonly score: number } | null = null;
  for (const { id, weight } of members) {
    // The logarithm makes the chance to be the largest that of the weight.
    const score = -weight / Math.log(chanceOf(id, partition));
    if (best === null || score > best.score) best = { id, score };
  }
  return best?.id ?? null;
}

/** Between 0 and 1, neither of them. */
function chanceOf(member: string, partition: string): number {
  const hash = createHash('sha256').update(`${member.length}:${member}${partition}`).digest();
  return (hash.readUIntBE(0, HASH_BYTES) + 0.5) / HASHES;
}
