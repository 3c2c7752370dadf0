import type { SimCreateMode, SimMultiPart, SimOp, SimResult, SimWrite } from '../history.js';
import { DATA_ROOT } from '../history.js';
import type { SeededRandom } from '../seeded-random.js';
import type { HurriedTask } from './user.js';

export interface OpMakerOptions {
  readonly random: SeededRandom;
  /** Goes into every value, so that a value names its write. */
  readonly author: string;
  /** Nodes that all users share, at the top. */
  readonly topNodes: number;
  /** How many of all calls are reads. */
  readonly readShare: number;
  /** How many reads leave a watch. */
  readonly watchShare: number;
  readonly newNumber: () => number;
}

const CHILDREN = 2;
const ANY_VERSION = -1;
const PADDING_MAX = 2000;
const MODES: readonly [SimCreateMode, ...SimCreateMode[]] = [
  'persistent',
  'persistent',
  'ephemeral',
  'ephemeral',
  'persistent-sequential',
  'ephemeral-sequential',
  'container',
];

/** Thinks up calls: few nodes for many users, so that they meet. */
export class OpMaker {
  private readonly options: OpMakerOptions;
  private readonly versions = new Map<string, number>();
  /** Created by this user under names that only the server knew before. */
  private readonly sequential: string[] = [];
  private lastValue = 0;

  constructor(options: OpMakerOptions) {
    this.options = options;
  }

  make(): SimOp {
    const { random, readShare } = this.options;
    if (random.chance(readShare)) return this.read();
    if (random.chance(0.12)) return { type: 'multi', parts: this.parts() };
    return this.write();
  }

  learn(op: SimOp, result: SimResult | null): void {
    if (result === null) return;
    const path = result.path ?? ('path' in op ? op.path : null);
    if (path === null) return;
    if (result.stat !== null) this.versions.set(path, result.stat.version);
    if (op.type === 'create' && path !== op.path) this.sequential.push(path);
  }

  /** Something to watch for longer. */
  standing(): { path: string; recursive: boolean } {
    const { random } = this.options;
    return { path: random.chance(0.3) ? DATA_ROOT : this.path(), recursive: random.chance(0.5) };
  }

  /** A look that must not be old. */
  syncedRead(): [sync: SimOp, read: SimOp] {
    const { random } = this.options;
    const path = this.path();
    return [
      { type: 'sync', path },
      { type: random.pick(['getData', 'getData', 'exists', 'getChildren']), path, watch: null },
    ];
  }

  /** At the node where all who hurry meet. */
  hurried(task: HurriedTask): SimOp[] {
    const path = `${DATA_ROOT}/n0`;
    if (task === 'look') {
      return [
        { type: 'sync', path },
        { type: 'getData', path, watch: null },
      ];
    }
    if (this.options.random.chance(0.1)) return [{ type: 'create', path, data: this.value(), mode: 'persistent' }];
    return [{ type: 'setData', path, data: this.value(), version: ANY_VERSION }];
  }

  /** A read that leaves a watch there, too. */
  watchedRead(path: string): SimOp {
    const { random, newNumber } = this.options;
    return { type: random.pick(['getData', 'getChildren', 'getChildren']), path, watch: newNumber() };
  }

  private read(): SimOp {
    const { random, watchShare, newNumber } = this.options;
    const path = random.chance(0.1) ? DATA_ROOT : this.path();
    if (random.chance(0.06)) return { type: 'sync', path };
    const type = random.pick(['getData', 'getData', 'exists', 'getChildren']);
    return { type, path, watch: random.chance(watchShare) ? newNumber() : null };
  }

  private write(): SimWrite {
    const { random } = this.options;
    const what = random.float();
    const own = random.chance(0.5) ? this.sequential.pop() : undefined;
    const path = own ?? this.path();
    if (own !== undefined || what < 0.2) return { type: 'delete', path, version: this.version(path) };
    if (what < 0.6) return { type: 'create', path, data: this.value(), mode: random.pick(MODES) };
    return { type: 'setData', path, data: this.value(), version: this.version(path) };
  }

  private parts(): SimMultiPart[] {
    const { random } = this.options;
    const parts: SimMultiPart[] = [];
    for (let left = 1 + random.below(4); left > 0; left--) {
      const path = this.path();
      parts.push(random.chance(0.3) ? { type: 'check', path, version: this.version(path) } : this.write());
    }
    return parts;
  }

  private path(): string {
    const { random, topNodes } = this.options;
    const top = `${DATA_ROOT}/n${random.below(topNodes)}`;
    return random.chance(0.3) ? `${top}/c${random.below(CHILDREN)}` : top;
  }

  private version(path: string): number {
    const { random } = this.options;
    const known = this.versions.get(path);
    if (known === undefined || random.chance(0.3)) return ANY_VERSION;
    return random.chance(0.1) ? known + 1 : known;
  }

  private value(): string | null {
    const { random, author } = this.options;
    if (random.chance(0.02)) return null;
    // Some span several sectors of a disk.
    const padding = random.chance(0.1) ? '.'.repeat(random.below(PADDING_MAX)) : '';
    return `${author}.${(this.lastValue += 1)}${padding}`;
  }
}
