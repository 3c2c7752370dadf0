import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from './clock.js';
import { nodeNetwork } from './node-network.js';
import type { Random } from './random.js';
import type { Runtime } from './runtime.js';
import type { Timer, Timers } from './timers.js';

const clock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** setTimeout takes 31 bits and fires at once beyond them. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;

class NodeTimer implements Timer {
  private readonly handle: NodeJS.Timeout;

  constructor(ms: number, fn: () => void, keepsAlive: boolean) {
    this.handle = setTimeout(fn, Math.min(Math.max(ms, 0), TIMEOUT_MAX_MS));
    if (!keepsAlive) this.handle.unref();
  }

  cancel(): void {
    clearTimeout(this.handle);
  }
}

const timers: Timers = {
  after: (ms, fn) => new NodeTimer(ms, fn, true),
  afterUnref: (ms, fn) => new NodeTimer(ms, fn, false),
  atTurnEnd: (fn) => void setImmediate(fn),
};

/** 2^32 distinct values are plenty for jitter. */
const random: Random = {
  float: () => randomBytes(4).readUInt32BE(0) / 2 ** 32,
  bytes: (count) => randomBytes(count),
  uuid: () => randomUUID(),
};

/** The real thing: this process's clock, timers, randomness and sockets. */
export function nodeRuntime(): Runtime {
  return { clock, timers, random, network: nodeNetwork };
}
