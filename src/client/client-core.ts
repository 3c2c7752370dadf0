import type { RequestOf, RequestOp, ResponseOf } from '../protocol/request-codec.js';
import { armWait, waitFault } from './bounded-wait.js';
import { CallDeadlines } from './call-deadlines.js';
import type { ReplyHook } from './call.js';
import { Call } from './call.js';
import type { Credential, WaitOptions } from './client-options.js';
import type { KeeperError } from './errors.js';
import { BadArgumentsError, OperationTimeoutError, TimeoutError } from './errors.js';
import { onAbort } from './on-abort.js';
import { plainOperation } from './operation.js';
import type { ResolvedOptions } from './resolved-options.js';
import { authPacketOf } from './resolved-options.js';
import { SessionDriver } from './session-driver.js';

export interface RequestOptions {
  /** As the caller wrote it, for errors. */
  readonly path: string | null;
  readonly wait: WaitOptions;
  readonly hook?: ReplyHook | undefined;
}

type Settle = (error: Error | null) => void;

/** What all views of one client share: its session, and calls that can be waited for. */
export class ClientCore {
  readonly options: ResolvedOptions;
  readonly driver: SessionDriver;
  private readonly deadlines: CallDeadlines;
  private readonly readyWaits = new Set<Settle>();
  private closing: Promise<void> | null = null;
  private announceEnd: (() => void) | null = null;

  constructor(options: ResolvedOptions) {
    this.options = options;
    this.deadlines = new CallDeadlines(options.runtime, (call, timeoutMs) =>
      this.driver.channel.giveUp(call, callTimeout(call, timeoutMs)),
    );
    this.driver = new SessionDriver(options, {
      ready: () => this.settleReadyWaits(null),
      over: (error) => {
        this.settleReadyWaits(error);
        this.deadlines.rest();
      },
      ended: () => {
        this.deadlines.rest();
        this.announceEnd?.();
      },
    });
    this.driver.start();
  }

  monotonicMs(): number {
    return this.options.runtime.clock.monotonicMs();
  }

  /** For what is not called all the time; resolves to the record of the answer. */
  request<Op extends RequestOp>(op: Op, body: RequestOf<Op>, options: RequestOptions): Promise<ResponseOf<Op>> {
    const call = new Call(plainOperation(op), options.path, '');
    call.hook = options.hook ?? null;
    return this.submit(call, body, options.wait);
  }

  /** Sends the call when its turn comes. A wait without signal and timeout costs nothing. */
  submit<Body, Result>(call: Call<Body, Result>, body: Body, wait: WaitOptions): Promise<Result> {
    const promise = call.promise();
    const refusal = this.refusalOf(wait);
    if (refusal === null) {
      this.arm(call, wait);
      this.driver.channel.submit(call, body);
    } else {
      call.hook?.(null, false);
      call.reject(refusal.reason);
    }
    return promise;
  }

  connected(wait: WaitOptions): Promise<void> {
    if (this.driver.attached) return Promise.resolve();
    return this.wait(wait, {
      begin: (settle) => this.readyWaits.add(settle),
      end: (settle) => this.readyWaits.delete(settle),
      timedOut: (timeoutMs) => this.connectTimeout(timeoutMs),
    });
  }

  async addAuth(credential: Credential, wait: WaitOptions): Promise<void> {
    const spec = authPacketOf(credential);
    const { credentials, channel } = this.driver;
    await this.wait(this.withDefault(wait), {
      begin: (settle) => {
        credentials.add(spec, settle);
        channel.sendAuth(spec);
      },
      end: (settle) => credentials.giveUp(spec, settle),
      timedOut: (timeoutMs) => new OperationTimeoutError({ op: 'auth', message: `auth: ${noAnswer(timeoutMs)}` }),
    });
  }

  /** Closes the session; resolves when the server has said so or `timeoutMs` are over. Once, however often it is called. */
  close(timeoutMs: number): Promise<void> {
    this.closing ??= new Promise<void>((resolve) => {
      this.announceEnd = resolve;
      this.driver.close(timeoutMs);
    });
    return this.closing;
  }

  private arm(call: Call, { signal, timeoutMs = this.options.operationTimeoutMs }: WaitOptions): void {
    if (timeoutMs !== undefined && timeoutMs !== Infinity) this.deadlines.add(call, timeoutMs);
    if (signal === undefined) return;
    const stopListening = onAbort(signal, (reason) => this.driver.channel.giveUp(call, reason));
    const { disarm } = call;
    call.disarm = () => {
      disarm?.();
      stopListening();
    };
  }

  private withDefault(wait: WaitOptions): WaitOptions {
    const { operationTimeoutMs } = this.options;
    if (wait.timeoutMs !== undefined || operationTimeoutMs === undefined) return wait;
    return { signal: wait.signal, timeoutMs: operationTimeoutMs };
  }

  /** Boxed, because a signal may have been aborted with null as its reason. */
  private refusalOf(wait: WaitOptions): { reason: Error } | null {
    const { signal } = wait;
    const fault = waitFault(wait);
    if (fault !== null) return { reason: new BadArgumentsError({ message: fault }) };
    if (signal?.aborted === true) return { reason: signal.reason as Error };
    const { refusal } = this.driver;
    return refusal === null ? null : { reason: refusal };
  }

  /** A wait that is no request: settled by whoever was told of it, by the signal, or by the timeout. */
  private wait(
    options: WaitOptions,
    what: { begin(settle: Settle): void; end(settle: Settle): void; timedOut(timeoutMs: number): KeeperError },
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const refusal = this.refusalOf(options);
      if (refusal !== null) {
        reject(refusal.reason);
        return;
      }
      const settle: Settle = (error) => {
        disarm?.();
        what.end(settle);
        if (error === null) resolve();
        else reject(error);
      };
      const disarm = armWait(this.options.runtime.timers, options, {
        aborted: (reason) => settle(reason as Error),
        timedOut: (timeoutMs) => settle(what.timedOut(timeoutMs)),
      });
      what.begin(settle);
    });
  }

  private settleReadyWaits(error: KeeperError | null): void {
    for (const settle of [...this.readyWaits]) settle(error);
  }

  private connectTimeout(timeoutMs: number): TimeoutError {
    const cause = this.driver.lastFailure;
    const why = cause === null ? '' : `; the last attempt ended with: ${cause.message}`;
    return new TimeoutError({ message: `no connection within ${timeoutMs} ms${why}`, cause: cause ?? undefined });
  }
}

function callTimeout(call: Call, timeoutMs: number): OperationTimeoutError {
  return new OperationTimeoutError({ ...call.errorDetails, message: `${call.title}: ${noAnswer(timeoutMs)}` });
}

function noAnswer(timeoutMs: number): string {
  return `no answer within ${timeoutMs} ms`;
}
