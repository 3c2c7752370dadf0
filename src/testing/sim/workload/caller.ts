import { KeeperError, TransactionError } from '../../../client/errors.js';
import type { WatchHandle } from '../../../client/watch-handle.js';
import { ErrorCode } from '../../../protocol/error-codes.js';
import type { Stat } from '../../../protocol/stat.js';
import type { SimMultiPart, SimOp, SimOutcome, SimRead, SimResult } from '../history.js';
import { simStat } from '../wire-tap.js';
import type { Actor, Scene } from './scene.js';

export interface CallerOptions {
  readonly world: Scene;
  readonly client: Actor;
  readonly violated: (rule: string, message: string) => void;
}

/** How a call ended that was not done. */
interface Failure {
  readonly outcome: SimOutcome;
  readonly rc: number;
}

const NOTHING: SimResult = { path: null, data: null, stat: null, children: null, parts: null };
/** A timeout of a call by itself; long against a session's, so that both come first now and then. */
const CALL_TIMEOUT_MS = 20_000;

/** Makes calls on a client's public interface, and writes down what was asked and what came of it. */
export class Caller {
  private readonly options: CallerOptions;
  private readonly outstanding = new Map<number, SimOp>();
  private readonly watches = new Map<number, WatchHandle>();
  private readonly standing: WatchHandle[] = [];

  constructor(options: CallerOptions) {
    this.options = options;
  }

  get outstandingCount(): number {
    return this.outstanding.size;
  }

  /** Null when the call was not done, or nobody knows. */
  async call(op: SimOp): Promise<SimResult | null> {
    const { world, client } = this.options;
    const number = world.recorder.nextNumber();
    this.outstanding.set(number, op);
    world.recorder.record({
      kind: 'invoke',
      call: number,
      client: client.number,
      session: client.client.sessionId,
      op,
    });
    let result: SimResult | null = null;
    let failure: Failure | null = null;
    try {
      result = await this.perform(op);
    } catch (error) {
      failure = this.failureOf(op, error);
    }
    this.returned(number, op, { failure, result });
    return result;
  }

  /** The client is dead: whoever called will never know. */
  abandon(): void {
    for (const [call, op] of this.outstanding) {
      this.returned(call, op, { failure: { outcome: 'unknown', rc: ErrorCode.CONNECTIONLOSS }, result: null });
    }
  }

  /** Gives up one of the watches that have not reported, if there is one. */
  async closeOldestWatch(): Promise<void> {
    const [oldest] = this.watches;
    if (oldest === undefined) return;
    this.watches.delete(oldest[0]);
    await oldest[1].close();
  }

  /** Leaves a watch that stays. It is no call of the history: the wire tells of it, and of what it reports. */
  async leaveStandingWatch({ path, recursive }: { path: string; recursive: boolean }): Promise<void> {
    const { client } = this.options.client;
    try {
      const handle = await client.addWatch(path, { recursive, timeoutMs: CALL_TIMEOUT_MS });
      this.standing.push(handle);
      await this.follow(handle);
    } catch (error) {
      if (!(error instanceof KeeperError)) this.options.violated('calls fail with a KeeperError', String(error));
    }
  }

  /**
   * Takes the oldest one away, if there is one. Not while reads are under way, or there is no connection: those may have
   * left their watches to it, and get their own only a round trip after their answers.
   */
  async closeOldestStandingWatch(): Promise<void> {
    if (this.outstanding.size > 0 || this.options.client.client.state !== 'connected') return;
    await this.standing.shift()?.close();
  }

  private async follow(handle: WatchHandle): Promise<void> {
    for await (const { type } of handle) this.options.world.tally.count(`standing watch: ${type}`);
  }

  private returned(
    call: number,
    op: SimOp,
    { failure, result }: { failure: Failure | null; result: SimResult | null },
  ) {
    const { world, client } = this.options;
    if (!this.outstanding.delete(call)) return;
    const { outcome, rc } = failure ?? { outcome: 'ok', rc: 0 };
    world.tally.count(`${op.type}: ${outcome}`);
    world.recorder.record({
      kind: 'return',
      call,
      client: client.number,
      session: client.client.sessionId,
      outcome,
      rc,
      result,
      seenZxid: client.client.lastZxidSeen,
    });
  }

  private async perform(op: SimOp): Promise<SimResult> {
    const { client } = this.options.client;
    const wait = { timeoutMs: CALL_TIMEOUT_MS };
    switch (op.type) {
      case 'create': {
        const { path, stat } = await client.create(op.path, op.data, { mode: op.mode, ...wait });
        return { ...NOTHING, path, stat: simStat(stat) };
      }
      case 'delete':
        await client.delete(op.path, { version: op.version, ...wait });
        return NOTHING;
      case 'setData':
        return withStat(await client.setData(op.path, op.data, { version: op.version, ...wait }));
      case 'multi':
        return this.multi(op.parts);
      case 'sync':
        await client.sync(op.path, wait);
        return NOTHING;
      case 'getData':
      case 'exists':
      case 'getChildren':
        return this.read(op);
    }
  }

  private async read(op: SimRead): Promise<SimResult> {
    const { client } = this.options.client;
    const options = { watch: op.watch !== null, timeoutMs: CALL_TIMEOUT_MS };
    const session = client.sessionId;
    switch (op.type) {
      case 'getData': {
        const { data, stat, watch } = await client.getData(op.path, options);
        this.await(op, watch, session);
        return { ...withStat(stat), data: data === null ? null : data.toString('utf8') };
      }
      case 'exists': {
        const { stat, watch } = await client.exists(op.path, options);
        this.await(op, watch, session);
        return stat === null ? NOTHING : withStat(stat);
      }
      case 'getChildren': {
        const { children, stat, watch } = await client.getChildren(op.path, options);
        this.await(op, watch, session);
        return { ...withStat(stat), children };
      }
    }
  }

  private async multi(parts: readonly SimMultiPart[]): Promise<SimResult> {
    const { client } = this.options.client;
    const transaction = client.transaction();
    for (const part of parts) {
      if (part.type === 'create') transaction.create(part.path, part.data, { mode: part.mode });
      else if (part.type === 'setData') transaction.setData(part.path, part.data, { version: part.version });
      else if (part.type === 'delete') transaction.delete(part.path, { version: part.version });
      else transaction.check(part.path, { version: part.version });
    }
    const results = await transaction.commit({ timeoutMs: CALL_TIMEOUT_MS });
    const partResults = results.map((result): SimResult => {
      if (result.type === 'create') {
        return { ...NOTHING, path: result.path, stat: result.stat === null ? null : simStat(result.stat) };
      }
      return result.type === 'setData' ? withStat(result.stat) : NOTHING;
    });
    return { ...NOTHING, parts: partResults };
  }

  private await({ watch: number }: SimRead, handle: WatchHandle | undefined, session: bigint): void {
    if (number === null || handle === undefined) return;
    const { world, client } = this.options;
    this.watches.set(number, handle);
    handle.fired.then(
      ({ type, path, zxid }) => {
        this.watches.delete(number);
        world.tally.count(`watch: ${type}`);
        world.recorder.record({
          kind: 'watch',
          client: client.number,
          session,
          watch: number,
          type,
          path,
          zxid: zxid ?? null,
        });
      },
      (error: unknown) => this.options.violated('watches never reject', String(error)),
    );
  }

  private failureOf(op: SimOp, error: unknown): Failure {
    if (!(error instanceof KeeperError)) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.options.violated('calls fail with a KeeperError', text);
      return { outcome: 'unknown', rc: ErrorCode.SYSTEMERROR };
    }
    const { rc } = error;
    if (error instanceof TransactionError) return { outcome: error.ambiguous ? 'unknown' : 'failed', rc };
    const isRead = op.type === 'getData' || op.type === 'exists' || op.type === 'getChildren' || op.type === 'sync';
    // A read that no server refused has no answer; a write that is not ambiguous was certainly not applied.
    const isUnknown = isRead ? !isRefusal(rc) : error.ambiguous;
    return { outcome: isUnknown ? 'unknown' : 'failed', rc };
  }
}

/** What servers say of a request; connection loss, expiry and timeouts are the client's own words. */
function isRefusal(rc: number): boolean {
  return rc <= ErrorCode.NONODE && rc !== ErrorCode.SESSIONEXPIRED;
}

function withStat(stat: Stat): SimResult {
  return { ...NOTHING, stat: simStat(stat) };
}
