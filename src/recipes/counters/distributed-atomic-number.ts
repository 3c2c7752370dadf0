import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { AtomicNode } from './atomic-node.js';
import type { AtomicChange, AtomicOptions, AtomicResult, ReadAtomicOptions } from './atomic-node.js';
import type { Codec } from './codec.js';

/** How numbers of a kind are kept and added. */
export interface Arithmetic<N> {
  readonly codec: Codec<N>;
  readonly zero: N;
  readonly one: N;
  /** Wraps around at the ends, as in Java. */
  readonly add: (a: N, b: N) => N;
  readonly negate: (a: N) => N;
}

/** What DistributedAtomicLong and DistributedAtomicInteger have in common. */
export abstract class DistributedAtomicNumber<N extends number | bigint> {
  readonly path: string;
  readonly #node: AtomicNode<N>;
  readonly #arithmetic: Arithmetic<N>;

  /** @internal */
  constructor(client: KeeperClient, path: string, spec: { arithmetic: Arithmetic<N>; options: AtomicOptions }) {
    const { codec, zero } = spec.arithmetic;
    this.#node = new AtomicNode<N>(client, path, { codec, nothing: zero, options: spec.options });
    this.#arithmetic = spec.arithmetic;
    this.path = path;
  }

  /** The number; 0 when there is none. Rejects with code `CORRUPT_DATA` when there is something else. */
  async get(options: ReadAtomicOptions = {}): Promise<N> {
    return this.#node.get(options);
  }

  /** Adds 1. Resolves when it is added, once; tries again as often as others are faster. */
  async increment(options: WaitOptions = {}): Promise<AtomicChange<N>> {
    return this.#add('increment', this.#arithmetic.one, options);
  }

  /** Subtracts 1, likewise. */
  async decrement(options: WaitOptions = {}): Promise<AtomicChange<N>> {
    return this.#add('decrement', this.#arithmetic.negate(this.#arithmetic.one), options);
  }

  /** Adds a number, likewise. Past the largest number comes the smallest, without notice. */
  async add(delta: N, options: WaitOptions = {}): Promise<AtomicChange<N>> {
    return this.#add('add', this.#checked(delta), options);
  }

  /** Subtracts a number, likewise. */
  async subtract(delta: N, options: WaitOptions = {}): Promise<AtomicChange<N>> {
    return this.#add('subtract', this.#arithmetic.negate(this.#checked(delta)), options);
  }

  /** Writes `value` if the number is `expected`. Never makes the node: what is not there is equal to nothing. */
  async compareAndSet(expected: N, value: N, options: WaitOptions = {}): Promise<AtomicResult<N>> {
    const [before, after] = [this.#checked(expected), this.#checked(value)];
    const next = (now: N, isThere: boolean): N | null => (isThere && now === before ? after : null);
    return this.#node.change('compareAndSet', { next, again: true }, options);
  }

  /** Reads, and writes `value` unless somebody else writes in between; then `succeeded` is false. */
  async trySet(value: N, options: WaitOptions = {}): Promise<AtomicResult<N>> {
    const checked = this.#checked(value);
    return this.#node.change('trySet', { next: () => checked, again: false }, options);
  }

  /** Writes `value`, whatever is there: of two who do so at once, the later one wins without notice. */
  async forceSet(value: N, options: WaitOptions = {}): Promise<void> {
    const checked = this.#checked(value);
    await this.#node.change(
      'forceSet',
      { next: () => checked, again: true, equalIsDone: true, isForced: true },
      options,
    );
  }

  /** Makes the node with this number. False: there is one. */
  async initialize(value: N, options: WaitOptions = {}): Promise<boolean> {
    const checked = this.#checked(value);
    const next = (_: N, isThere: boolean): N | null => (isThere ? null : checked);
    return (await this.#node.change('initialize', { next, again: true }, options)).succeeded;
  }

  async #add(what: string, delta: N, options: WaitOptions): Promise<AtomicChange<N>> {
    const next = (now: N): N => this.#arithmetic.add(now, delta);
    const result = await this.#node.change(what, { next, again: true }, options);
    return result as AtomicChange<N>;
  }

  /** Throws a BadArgumentsError for what is no such number. */
  #checked(value: N): N {
    this.#arithmetic.codec.encode(value);
    return value;
  }
}
