import type { RequestToForward } from '../../protocol/quorum/packet-writer.js';

/** A request on its way to the leader: valid during the call. */
export type UpstreamRequest = RequestToForward;

/** What a learner can ask its leader. The answers come in this order. */
export interface Upstream {
  request(request: UpstreamRequest): void;
  revalidate(sessionId: bigint, timeoutMs: number): void;
}
