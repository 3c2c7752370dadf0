import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { AtomicNode } from './atomic-node.js';
import type { AtomicOptions, AtomicResult, ReadAtomicOptions } from './atomic-node.js';
import { BYTES } from './codec.js';

const NOTHING = Buffer.alloc(0);

/**
 * Bytes that change by comparing and setting: of all who write at once, each sees what the one before it has left. Uses the
 * znode of Curator's DistributedAtomicValue. A node that is not there counts as empty.
 *
 * A write whose answer is lost is never repeated blindly. If what is there afterwards does not tell whether it was carried
 * out, the call rejects with an OutcomeUnknownError; with `exactlyOnce` that happens only when the session ends meanwhile.
 * While the connection is gone (SUSPENDED, LOST) calls wait; nothing is held that could be lost.
 */
export class DistributedAtomicValue {
  readonly path: string;
  readonly #node: AtomicNode<Buffer>;

  /** `path` is made when something is written first. */
  constructor(client: KeeperClient, path: string, options: AtomicOptions = {}) {
    this.#node = new AtomicNode<Buffer>(client, path, { codec: BYTES, nothing: NOTHING, options });
    this.path = path;
  }

  /** What is there; empty when nothing is. */
  async get(options: ReadAtomicOptions = {}): Promise<Buffer> {
    return this.#node.get(options);
  }

  /** Writes `value` if `expected` is there. Never makes the node: what is not there is equal to nothing. */
  async compareAndSet(
    expected: Uint8Array | string,
    value: Uint8Array | string,
    options: WaitOptions = {},
  ): Promise<AtomicResult<Buffer>> {
    const [before, after] = [BYTES.encode(expected), BYTES.encode(value)];
    const next = (now: Buffer, isThere: boolean): Buffer | null => (isThere && now.equals(before) ? after : null);
    return this.#node.change('compareAndSet', { next, again: true }, options);
  }

  /** Reads, and writes `value` unless somebody else writes in between; then `succeeded` is false. */
  async trySet(value: Uint8Array | string, options: WaitOptions = {}): Promise<AtomicResult<Buffer>> {
    const data = BYTES.encode(value);
    return this.#node.change('trySet', { next: () => data, again: false }, options);
  }

  /** Writes `value`, whatever is there: of two who do so at once, the later one wins without notice. */
  async forceSet(value: Uint8Array | string, options: WaitOptions = {}): Promise<void> {
    const data = BYTES.encode(value);
    await this.#node.change('forceSet', { next: () => data, again: true, equalIsDone: true, isForced: true }, options);
  }

  /** Makes the node with this value. False: there is one. */
  async initialize(value: Uint8Array | string, options: WaitOptions = {}): Promise<boolean> {
    const data = BYTES.encode(value);
    const next = (_: Buffer, isThere: boolean): Buffer | null => (isThere ? null : data);
    return (await this.#node.change('initialize', { next, again: true }, options)).succeeded;
  }
}
