export interface SessionTimeoutLimits {
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
}

/** What a client's wish comes to; zero and less become the minimum (client-protocol 2.3). */
export function negotiateSessionTimeout(wantedMs: number, limits: SessionTimeoutLimits): number {
  return Math.max(limits.minSessionTimeoutMs, Math.min(wantedMs, limits.maxSessionTimeoutMs));
}
