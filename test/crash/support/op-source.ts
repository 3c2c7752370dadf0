import type { CreateMode } from '../../../src/client/index.js';
import type { SeededRandom } from '../../support/seeded-random.js';
import type { CreateOp, DeleteOp, Model, Op, SetOp, SimpleOp } from './model.js';

const MODES: readonly CreateMode[] = [
  'persistent',
  'persistent',
  'persistent-sequential',
  'ephemeral',
  'ephemeral-sequential',
  'container',
  'ttl',
  'ttl-sequential',
];
/** Far longer than any run. */
const TTL_MS = 30 * 24 * 3_600_000;
const NODES_MAX = 120;
const MULTI_OPS_MAX = 4;
const VERSION_NEVER = 1_000_000;

/** Draws operations that will all be done, the hopeless ones apart, as long as nobody else writes below the same root. */
export class OpSource {
  private readonly random: SeededRandom;
  private count = 0;

  constructor(random: SeededRandom) {
    this.random = random;
  }

  next(model: Model): Op {
    const kind = this.random.below(100);
    if (kind >= 85) return this.multi(model);
    return this.simple(model, kind);
  }

  private multi(model: Model): Op {
    const after = model.copy();
    const ops: SimpleOp[] = [];
    for (let left = 2 + this.random.below(MULTI_OPS_MAX - 1); left > 0; left -= 1) {
      const op = this.simple(after, this.random.below(85));
      after.apply(op, 1n);
      ops.push(op);
    }
    if (!this.random.chance(0.25)) return { kind: 'multi', ops };
    return { kind: 'hopeless', ops: [...ops, { ...this.set(after), version: VERSION_NEVER }] };
  }

  private simple(model: Model, kind: number): SimpleOp {
    const deletable = model.size > NODES_MAX || kind >= 72 ? this.deletion(model) : null;
    if (deletable !== null) return deletable;
    return kind < 36 ? this.creation(model) : this.set(model);
  }

  private creation(model: Model): CreateOp {
    const parents = model.paths().filter((path) => model.get(path).sessionId === 0n && depthOf(path) < 3);
    const mode = this.random.pick(MODES);
    this.count += 1;
    const path = `${this.random.pick(parents)}/n${this.count}-`;
    return { kind: 'create', path, data: this.data(0), mode, ...(mode.startsWith('ttl') ? { ttlMs: TTL_MS } : {}) };
  }

  private set(model: Model): SetOp {
    const path = this.random.pick(model.paths().filter((each) => !model.isFading(each)));
    const { version } = model.get(path);
    return { kind: 'set', path, data: this.data(version + 1), version };
  }

  private deletion(model: Model): DeleteOp | null {
    const leaves = model
      .paths()
      .filter((path) => path !== model.root && !model.isFading(path) && !model.hasChildren(path));
    if (leaves.length === 0) return null;
    const path = this.random.pick(leaves);
    return { kind: 'delete', path, version: model.get(path).version };
  }

  /** Values say which they are, and grow with the node's version. */
  private data(version: number): Buffer {
    this.count += 1;
    return Buffer.from(`${this.count}:${'x'.repeat((version * 41 + this.random.below(40)) % 3000)}`);
  }
}

function depthOf(path: string): number {
  return path.split('/').length - 1;
}
