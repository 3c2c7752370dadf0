import { Client, ConnectionLossError, TransactionError } from '../../../src/client/index.js';
import type { SeededRandom } from '../../support/seeded-random.js';
import type { FoundNode } from './found-tree.js';
import type { Op, SimpleAnswer, SimpleOp } from './model.js';
import { Model } from './model.js';
import { OpSource } from './op-source.js';
import type { ServerUnderFire } from './server-under-fire.js';

const SESSION_TIMEOUT_MS = 120_000;
const CONNECT_TIMEOUT_MS = 30_000;
const WINDOW_MAX = 32;

interface Sent {
  readonly op: Op;
  readonly sessionId: bigint;
  /** Null: nobody said what became of it. */
  answers: readonly SimpleAnswer[] | null;
}

export interface WriterTally {
  acknowledged: number;
  inDoubt: number;
  /** Of those in doubt, found to have been done. */
  inDoubtDone: number;
}

/**
 * A client that writes below a root of its own, many operations in flight, and knows what became of each: done,
 * refused as it must be, or in doubt. Operations of one session are done in the order they were sent, so after a
 * crash the tree must be what some number of them leads to, and no smaller number than were acknowledged.
 */
export class Writer {
  readonly tally: WriterTally = { acknowledged: 0, inDoubt: 0, inDoubtDone: 0 };
  private readonly server: ServerUnderFire;
  private readonly random: SeededRandom;
  private readonly source: OpSource;
  /** What is known to be on the server. */
  private certain: Model;
  private sent: Sent[] = [];
  private client: Client;
  private faults: string[] = [];

  constructor(server: ServerUnderFire, root: string, random: SeededRandom) {
    this.server = server;
    this.random = random;
    this.source = new OpSource(random);
    this.certain = new Model(root);
    this.client = this.newClient();
  }

  get sessionId(): bigint {
    return this.client.sessionId;
  }

  async begin(): Promise<void> {
    await this.connected();
    const data = Buffer.from('root');
    const op: Op = { kind: 'create', path: this.certain.root, data, mode: 'persistent' };
    const { path, stat } = await this.client.create(op.path, data);
    this.certain.apply(op, 0n, [{ path, zxid: stat.czxid }]);
    this.tally.acknowledged += 1;
  }

  async connected(): Promise<void> {
    await this.client.connected({ timeoutMs: CONNECT_TIMEOUT_MS });
  }

  /** Writes until the connection is gone; resolves when the fate of everything sent is as clear as it will get. */
  async writeOn(acknowledged: () => void): Promise<void> {
    const front = this.certain.copy();
    const inFlight = new Set<Promise<void>>();
    const windowMax = 1 + this.random.below(WINDOW_MAX);
    const endsAfter = this.random.chance(0.25) ? this.random.below(150) : Infinity;
    const round = new AbortController();
    this.client.once('suspended', () => round.abort());
    for (let count = 0; count < endsAfter && this.mayWrite(round.signal); count += 1) {
      if (inFlight.size >= windowMax) {
        await Promise.race(inFlight);
        continue;
      }
      const op = this.source.next(front);
      const sent: Sent = { op, sessionId: this.client.sessionId, answers: null };
      const sending = this.send(sent, front, round.signal).then((isDone) => {
        inFlight.delete(sending);
        if (isDone) acknowledged();
      });
      inFlight.add(sending);
      front.apply(op, sent.sessionId);
    }
    await Promise.all(inFlight);
    if (endsAfter !== Infinity && this.mayWrite(round.signal)) await this.endSession();
  }

  /** Compares with what the server has now. Returns what is wrong; afterwards that is what is known for certain. */
  audit(found: ReadonlyMap<string, FoundNode>): string[] {
    const { sent } = this;
    const heard = sent.map(({ answers }) => answers !== null);
    const acknowledged = heard.includes(false) ? heard.indexOf(false) : heard.length;
    if (heard.lastIndexOf(true) >= acknowledged) this.faults.push(`${this.certain.root}: an answer was left out`);
    const model = this.certain.copy();
    for (const { op, sessionId, answers } of sent.slice(0, acknowledged)) model.apply(op, sessionId, answers ?? []);
    const doubtful = sent.slice(acknowledged);
    this.tally.acknowledged += acknowledged;
    this.tally.inDoubt += doubtful.length;
    const verdict = this.firstThatFits(model, doubtful, found);
    this.sent = [];
    return [...this.faults.splice(0), ...verdict];
  }

  /** The owner of a node as stored, where clients are not shown it; null when this writer did not make it. */
  ownerOf(path: string): bigint | null {
    return this.certain.paths().includes(path) ? this.certain.get(path).owner : null;
  }

  async close(): Promise<void> {
    await this.client.close({ timeoutMs: 500 });
  }

  private firstThatFits(model: Model, doubtful: readonly Sent[], found: ReadonlyMap<string, FoundNode>): string[] {
    let nearest: string[] | null = null;
    for (let done = 0; ; done += 1) {
      const candidate = model.copy();
      const next = doubtful[done];
      if (next?.op.kind === 'endSession') candidate.fade(next.sessionId);
      const faults = candidate.compare(found);
      if (faults.length === 0) {
        this.certain = candidate;
        this.tally.inDoubtDone += done;
        return [];
      }
      if (nearest === null || faults.length < nearest.length) nearest = faults;
      if (next === undefined) break;
      model.apply(next.op, next.sessionId);
    }
    return [`${this.certain.root} is at none of the ${doubtful.length + 1} points it may be at; nearest:`, ...nearest];
  }

  private mayWrite(signal: AbortSignal): boolean {
    return this.server.isAlive && !signal.aborted && this.client.state === 'connected' && this.faults.length === 0;
  }

  /** True when it was acknowledged. */
  private async send(sent: Sent, front: Model, signal: AbortSignal): Promise<boolean> {
    this.sent.push(sent);
    const expected = pathsOf(sent.op, front.copy());
    try {
      sent.answers = await this.perform(sent.op, signal);
    } catch (error) {
      if (sent.op.kind !== 'hopeless' || !(error instanceof TransactionError)) {
        const isExcused = !this.server.isAlive && (signal.aborted || isLoss(error));
        if (!isExcused) this.faults.push(`${describe(sent.op)}: ${String(error)}`);
        return false;
      }
      sent.answers = [];
    }
    const made = sent.answers.map(({ path }) => path);
    if (sent.op.kind !== 'hopeless' && made.join() !== expected.join()) {
      this.faults.push(`${describe(sent.op)} made ${made.join()}, not ${expected.join()}`);
    }
    return true;
  }

  private async perform(op: Op, signal: AbortSignal): Promise<SimpleAnswer[]> {
    switch (op.kind) {
      case 'create': {
        const { path, stat } = await this.client.create(op.path, op.data, { ...op, signal });
        return [{ path, zxid: stat.czxid }];
      }
      case 'set': {
        const stat = await this.client.setData(op.path, op.data, { version: op.version, signal });
        return [{ path: op.path, zxid: stat.mzxid }];
      }
      case 'delete':
        await this.client.delete(op.path, { version: op.version, signal });
        return [{ path: op.path, zxid: null }];
      case 'multi':
      case 'hopeless':
        return this.transaction(op.ops, signal);
      case 'endSession':
        throw new Error('a session is ended by closing its client');
    }
  }

  private async transaction(ops: readonly SimpleOp[], signal: AbortSignal): Promise<SimpleAnswer[]> {
    let transaction = this.client.transaction();
    for (const op of ops) {
      if (op.kind === 'create') transaction = transaction.create(op.path, op.data, op);
      else if (op.kind === 'set') transaction = transaction.setData(op.path, op.data, op);
      else transaction = transaction.delete(op.path, op);
    }
    const results = await transaction.commit({ signal });
    return results.map((result) => {
      const stat = 'stat' in result ? result.stat : null;
      return { path: result.path, zxid: stat === null ? null : result.type === 'create' ? stat.czxid : stat.mzxid };
    });
  }

  /** The answer to the end of a session is the server's closing of the connection, if it is not killed for it. */
  private async endSession(): Promise<void> {
    const sent: Sent = { op: { kind: 'endSession' }, sessionId: this.client.sessionId, answers: null };
    this.sent.push(sent);
    await this.client.close({ timeoutMs: CONNECT_TIMEOUT_MS });
    if (this.server.isAlive) sent.answers = [];
    this.client = this.newClient();
  }

  private newClient(): Client {
    const client = new Client(this.server.connectString, {
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      backoff: { baseMs: 5, maxMs: 20 },
    });
    client.on('serversBehind', ({ lastZxidSeen }) => {
      this.faults.push(`the server has less than zxid 0x${lastZxidSeen.toString(16)}, which a client has seen`);
    });
    client.on('lost', ({ reason }) =>
      this.faults.push(`session 0x${client.sessionId.toString(16)} was lost: ${reason}`),
    );
    return client;
  }
}

/** The paths that an operation's answer must name, in order. */
function pathsOf(op: Op, model: Model): string[] {
  if (op.kind === 'endSession') return [];
  const ops = op.kind === 'multi' || op.kind === 'hopeless' ? op.ops : [op];
  return ops.map((each) => {
    const path = each.kind === 'create' ? model.madeBy(each) : each.path;
    model.apply(each, 1n);
    return path;
  });
}

function describe(op: Op): string {
  return 'ops' in op ? `${op.kind} of ${op.ops.length}` : 'path' in op ? `${op.kind} ${op.path}` : op.kind;
}

function isLoss(error: unknown): boolean {
  return error instanceof ConnectionLossError;
}
