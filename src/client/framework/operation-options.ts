import type { WaitOptions } from '../client-options.js';
import type { CreateSpec, VersionSpec } from '../operation-types.js';
import type { CompressionSpec } from './conventions-client.js';

/** What to make of a write whose answer was lost. */
export interface IdempotenceSpec {
  /**
   * An equal write by somebody else is as good as ours: a node that is there with the same data and was never written again is
   * taken as created, one version further with the same data as set, one that is gone as deleted. Then a lost answer is
   * never an OutcomeUnknownError; a write without a version may be done twice. Default false.
   */
  readonly idempotent?: boolean | undefined;
}

/** Of a create. */
export interface FrameworkCreateOptions extends CreateSpec, CompressionSpec, IdempotenceSpec, WaitOptions {
  /**
   * Make missing parents, without data: as containers (Curator's creatingParentContainersIfNeeded), which the server removes
   * once they are empty again, or as persistent nodes (creatingParentsIfNeeded). Default: do not.
   */
  readonly parents?: 'container' | 'persistent' | undefined;
  /**
   * Put an identity in front of the node's name, `_c_<uuid>-`, by which a create whose answer was lost is found again.
   * Exactly one node is made, or, when the call rejects, none that stays. Default false.
   */
  readonly protected?: boolean | undefined;
  /** When the node is there, set its data instead (whatever its version). Not with sequential modes. Default false. */
  readonly orSetData?: boolean | undefined;
}

/** Of a setData. */
export interface FrameworkSetOptions extends VersionSpec, CompressionSpec, IdempotenceSpec, WaitOptions {}

/** Of a delete. */
export interface FrameworkDeleteOptions extends VersionSpec, IdempotenceSpec, WaitOptions {
  /** Delete what lies below it first, whatever its versions (deletingChildrenIfNeeded). Not atomic. Default false. */
  readonly recursive?: boolean | undefined;
  /**
   * When the connection fails for longer than the retry policy bears, go on in the background for as long as the client
   * lives. The call rejects all the same. Not over children that somebody adds. Default false.
   */
  readonly guaranteed?: boolean | undefined;
}
