import type { NodeData } from '../../client/operation-types.js';

/** What a worker says of itself in its node below `members`. */
export interface MemberRecord {
  readonly weight: number;
  /** When it began, epoch ms: for people who look. */
  readonly since: number;
  /** Tells one life of a worker from another of the same id. */
  readonly incarnation: string;
}

/** Who has a partition, in the node of the claim. */
export interface ClaimRecord {
  readonly member: string;
  readonly incarnation: string;
  /** Tells one claim of a worker from its next one. */
  readonly token: string;
}

/** The weight that a member's node tells; 1 when it tells none that can be used. */
export function weightOf(data: NodeData): number {
  const weight = parse(data)?.['weight'];
  return typeof weight === 'number' && Number.isFinite(weight) && weight > 0 ? weight : 1;
}

function parse(data: NodeData): Readonly<Record<string, unknown>> | null {
  if (data === null) return null;
  try {
    return JSON.parse(Buffer.from(data).toString('utf8')) as Record<string, unknown> | null;
  } catch {
    return null;
  }
}
