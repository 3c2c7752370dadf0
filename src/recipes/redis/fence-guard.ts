import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { BadArgumentsError } from '../../client/errors.js';
import { FencedError } from './fenced-error.js';

/** The part of an ioredis client (5 or later: Redis, Cluster) that a guard uses. */
export interface FenceRedis {
  /** Runs a script; used when the server does not know its hash yet. */
  eval(script: string, keyCount: number, ...keysAndArguments: (string | Buffer | number)[]): Promise<unknown>;
  /** Runs a script by its hash; must reject with Redis's `NOSCRIPT` error when the server does not know it. */
  evalsha(sha1: string, keyCount: number, ...keysAndArguments: (string | Buffer | number)[]): Promise<unknown>;
}

/** What has a fencing token: a hold, a term of leadership, or the number itself. */
export type TokenSource =
  | number
  | {
      readonly token: number;
      /** Throws a LockLostError when it is known to be lost; without it the token alone decides. */
      assertHeld?(): void;
    };

/** A command without its key, which the guard puts first: `['SET', 'value', 'PX', 5000]`. */
export type FencedCommand = readonly [name: string, ...rest: (string | Buffer | number)[]];

/** Where a guard keeps what it compares with. */
export interface FenceGuardOptions {
  /**
   * Where the largest token of a key is kept; must be in the same cluster slot. Default: the key's hash tag, or the key itself
   * as one, with `:fence` behind: `{order:42}:fence` for `order:42`. Give several keys of one lock the same one.
   */
  readonly fenceKeyOf?: ((key: string) => string) | undefined;
}

/**
 * Lua numbers are doubles, like ours: tokens below 2^53 compare exactly. The token is kept even when the command fails then:
 * it was the newest one all the same.
 */
const SCRIPT = `
local highest = redis.call('GET', KEYS[2])
if highest and tonumber(highest) > tonumber(ARGV[1]) then
  return {'FENCED', highest}
end
redis.call('SET', KEYS[2], ARGV[1])
return {'DONE', redis.call(ARGV[2], KEYS[1], unpack(ARGV, 3))}
`;
const SHA1 = createHash('sha1').update(SCRIPT).digest('hex');

/**
 * Refuses writes to Redis by whoever held a lock before, however late they arrive: the caller's token is compared with the
 * largest that was seen for the key, and the write done, in one step of the server.
 *
 * The key of the token has no time to live: a token that was forgotten fences nobody. Redis replicates asynchronously, so a
 * failover can forget the newest token, as it can forget any write: the guard lasts as long as the data that it guards.
 * It needs no connection to the servers that gave the token.
 */
export class FenceGuard {
  readonly #redis: FenceRedis;
  readonly #fenceKeyOf: (key: string) => string;

  constructor(redis: FenceRedis, { fenceKeyOf = fenceKey }: FenceGuardOptions = {}) {
    this.#redis = redis;
    this.#fenceKeyOf = fenceKeyOf;
  }

  /**
   * Runs a command on `key` unless a larger token was seen; resolves to its answer. An equal token passes: a holder writes many
   * times. Rejects with a {@link FencedError} when it was refused, with a LockLostError and without asking Redis when the
   * hold is known to be lost, and with the error of Redis when the command failed.
   */
  async write(key: string, source: TokenSource, command: FencedCommand): Promise<unknown> {
    const token = tokenOf(source, key);
    const [name, ...rest] = command;
    if (typeof name !== 'string' || name === '') {
      throw new BadArgumentsError({ message: `the command for ${key} has no name`, path: key });
    }
    const answer = (await this.#run(key, [token, name, ...rest])) as readonly ['DONE' | 'FENCED', unknown];
    const [outcome, result] = answer;
    if (outcome === 'FENCED') throw new FencedError(key, { token, highest: Number(result) });
    return result ?? null;
  }

  /**
   * `SET key value`, and what else SET takes: `guard.set('order:42', hold, 'paid', 'PX', 60_000)`. Whether
   * `NX` or `XX` kept it from being set, only the answer of `write(key, hold, ['SET', ...])` tells.
   */
  async set(key: string, source: TokenSource, value: string | Buffer, ...rest: (string | number)[]): Promise<void> {
    await this.write(key, source, ['SET', value, ...rest]);
  }

  /** `DEL key`; the token stays. Resolves to whether the key was there. */
  async delete(key: string, source: TokenSource): Promise<boolean> {
    return (await this.write(key, source, ['DEL'])) === 1;
  }

  /** Makes the token known without writing: a new holder that does so at once fences off all before it. */
  async raise(key: string, source: TokenSource): Promise<void> {
    await this.write(key, source, ['EXISTS']);
  }

  async #run(key: string, args: readonly (string | Buffer | number)[]): Promise<unknown> {
    const fence = this.#fenceKeyOf(key);
    try {
      return await this.#redis.evalsha(SHA1, 2, key, fence, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return this.#redis.eval(SCRIPT, 2, key, fence, ...args);
    }
  }
}

function tokenOf(source: TokenSource, key: string): number {
  const holder = typeof source === 'object' ? (source as Exclude<TokenSource, number> | null) : null;
  holder?.assertHeld?.();
  const token = holder?.token ?? source;
  if (typeof token === 'number' && Number.isSafeInteger(token) && token >= 0) return token;
  throw new BadArgumentsError({
    message: `the token for ${key} is ${inspect(token)}; it must be a whole number below 2^53`,
  });
}

/** The key's slot is that of its hash tag, `{tag}`, or of the whole key: a tag around the whole key is the same slot. */
function fenceKey(key: string): string {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open + 1);
  if (close > open + 1) return `${key}:fence`;
  if (!key.includes('}')) return `{${key}}:fence`;
  throw new BadArgumentsError({ message: `${key} has a } but no hash tag: give the guard a fenceKeyOf`, path: key });
}
