import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Zxid } from '../../../src/protocol/zxid.js';
import { NO_NODE } from '../../../src/server/tree/node-id.js';
import type { NodeFields, NodeStoreOptions } from '../../../src/server/tree/node-store.js';
import { NodeStore } from '../../../src/server/tree/node-store.js';
import { StatField } from '../../../src/server/tree/node-records.js';
import { Field, NodeTable } from '../../../src/server/tree/node-table.js';
import { PathIndex } from '../../../src/server/tree/path-index.js';
import { hashOn } from '../../../src/server/tree/path-hash.js';
import type { TreeSnapshot } from '../../../src/server/tree/tree-snapshot.js';
import { nextRecord } from './support/tree-state.js';

const OPTIONS: NodeStoreOptions = { extendedTypesEnabled: true, digestEnabled: true };
const HASHES = {
  usual: hashOn,
  'of few values': (state: number, bytes: Uint8Array, start: number, end: number) =>
    bytes.subarray(start, end).reduce((sum, byte) => (sum + byte) & 3, state & 3),
  'of one value': () => 7,
};

const NAMES = ['a', 'b', 'é', '\u{1f600}', 'name-0000000001', 'a'.repeat(300)];

interface ModelNode {
  data: string | null;
  zxid: number;
}

/** A store and what it must hold, by path. */
class Pair {
  readonly store: NodeStore;
  readonly model = new Map<string, ModelNode>([['', { data: '', zxid: 0 }]]);
  private zxid = 0;

  constructor(options: NodeStoreOptions) {
    this.store = new NodeStore(options);
  }

  put(parts: readonly string[], data: Buffer | null): void {
    const path = `/${parts.join('/')}`;
    this.zxid += 1;
    const node = { data: data === null ? null : data.toString('hex'), zxid: this.zxid };
    const { store, model } = this;
    if (model.has(path)) {
      store.updateData(store.find(path), data, { version: 1, mzxid: this.zxid as Zxid, mtime: 5 });
    } else if (model.has(parentPath(path))) {
      const place = store.paths.locate(path);
      expect(place.node).toBe(NO_NODE);
      store.insert(place.parent, place, { data, acl: store.acls.open, fields: fieldsAt(this.zxid) });
    } else {
      expect(store.paths.locate(path).node).toBe(NO_NODE);
      return;
    }
    model.set(path, node);
  }

  remove(parts: readonly string[]): void {
    const path = `/${parts.join('/')}`;
    const id = this.store.find(path);
    expect(id !== NO_NODE).toBe(this.model.has(path));
    if (id === NO_NODE) return;
    this.store.remove(id);
    for (const each of [...this.model.keys()]) {
      if (each === path || each.startsWith(`${path}/`)) this.model.delete(each);
    }
  }

  /** Everything the store holds, found by path, by walking, and by children. */
  check(): void {
    const { store, model } = this;
    expect(store.size).toBe(model.size);
    let bytes = 1;
    for (const [path, { data, zxid }] of model) {
      const id = store.find(path);
      expect(store.paths.text(id)).toBe(path === '' ? '/' : path);
      expect(store.records.data(id)?.toString('hex') ?? null).toBe(data);
      expect(store.view(path)).toMatchObject({ mzxid: zxid, dataLength: (data ?? '').length / 2 });
      const children = [...model.keys()].filter((each) => each !== '' && parentPath(each) === path);
      expect([...store.view(path)!.children].map((name) => `${path}/${name}`).sort()).toEqual(children.sort());
      bytes += path.length + (data ?? '').length / 2;
    }
    expect(store.dataSize).toBe(bytes);
    let walked = 0;
    for (let id = 0; id !== NO_NODE; id = store.links.following(id)) walked++;
    expect(walked).toBe(model.size);
  }
}

function parentPath(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function fieldsAt(zxid: number): NodeFields {
  const at = zxid as Zxid;
  const counters = { version: 0, storedCversion: 0, aversion: 0 };
  return { owner: 0n, czxid: at, mzxid: at, pzxid: at, ctime: 1, mtime: 2, ...counters };
}

const parts = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 });
const data = fc.oneof(
  fc.constant(null),
  fc.nat(600).map((length) => Buffer.alloc(length, length)),
  fc.constantFrom(0, 32_000, 70_000).map((length) => Buffer.alloc(length, 1)),
);
const change = fc.oneof(
  { weight: 5, arbitrary: fc.record({ parts, data }) },
  { weight: 2, arbitrary: fc.record({ parts }) },
);
type Change = { parts: string[]; data?: Buffer | null };

function apply(pair: Pair, { parts: path, data: value }: Change): void {
  if (value === undefined) pair.remove(path);
  else pair.put(path, value);
}

describe.each(Object.entries(HASHES))('a store with a hash %s', (_, hash) => {
  const options = { ...OPTIONS, hashOn: hash, hashSeed: 0x1234_5678 };

  it('holds what a map would', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 80, size: 'max' }), (changes) => {
        const pair = new Pair(options);
        for (const each of changes) apply(pair, each);
        pair.check();
        const { store, model } = pair;
        for (const path of [...model.keys()].filter((each) => each.lastIndexOf('/') === 0)) {
          store.remove(store.find(path));
        }
        expect(store.size).toBe(1);
        expect(store.slabs.usedBytes).toBe(new NodeStore(options).slabs.usedBytes);
        expect(store.digest.value()).toBe(new NodeStore(options).digest.value());
      }),
      { numRuns: 60 },
    );
  });

  it('hands out a moment while it changes, and keeps no copy afterwards', () => {
    const during = fc.array(fc.oneof(change, fc.constant(null)), { maxLength: 80, size: 'max' });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), during, fc.boolean(), (before, later, isGivenUp) => {
        const pair = new Pair(options);
        for (const each of before) apply(pair, each);
        const then = new Map(pair.model);
        const snapshot = pair.store.beginSnapshot(1 as Zxid);
        const seen = new Map<string, string | null>();
        for (const each of later) {
          if (each !== null) apply(pair, each);
          else take(snapshot, seen);
        }
        while (!isGivenUp && take(snapshot, seen));
        snapshot.close();
        if (!isGivenUp) expect(seen).toEqual(new Map([...then].map(([path, node]) => [path, node.data])));
        pair.check();
        for (const path of [...pair.model.keys()].filter((each) => each.lastIndexOf('/') === 0)) {
          pair.store.remove(pair.store.find(path));
        }
        expect(pair.store.slabs.usedBytes).toBe(new NodeStore(options).slabs.usedBytes);
      }),
      { numRuns: 60 },
    );
  });
});

/** The next node of a snapshot; its parent must have come before. */
function take(snapshot: TreeSnapshot, seen: Map<string, string | null>): boolean {
  const node = nextRecord(snapshot);
  if (node === null) return false;
  expect(seen.has(node.path)).toBe(false);
  if (node.path !== '') expect(seen.has(parentPath(node.path))).toBe(true);
  seen.set(node.path, node.data === null ? null : node.data.toString('hex'));
  return true;
}

describe('a store', () => {
  it('gives every node its own ACL when there are more than a node has bits for', () => {
    const store = new NodeStore({ ...OPTIONS, namedAclSlots: 5 });
    const { acls } = store;
    const empty = acls.table().length;
    const acl = (n: number) => acls.intern([{ perms: 1, id: { scheme: 'digest', id: `u${n % 12}` } }]);
    const userOf = (n: number): string | null => store.aclOf(store.find(`/n${n}`)).entries[0]!.id.id;
    for (let n = 0; n < 24; n++) {
      const place = store.paths.locate(`/n${n}`);
      store.insert(place.parent, place, { data: null, acl: acl(n), fields: fieldsAt(n) });
    }
    for (let n = 0; n < 24; n++) expect(userOf(n)).toBe(`u${n % 12}`);
    // Each takes its neighbour's, the last its own once more.
    for (let n = 0; n < 23; n++) store.updateAcl(store.find(`/n${n}`), acl(n + 1), 1);
    store.updateAcl(store.find('/n23'), acl(23), 1);
    for (let n = 0; n < 23; n++) expect(userOf(n)).toBe(`u${(n + 1) % 12}`);
    expect(userOf(23)).toBe('u11');
    for (let n = 0; n < 24; n += 2) store.remove(store.find(`/n${n}`));
    for (let n = 1; n < 23; n += 2) expect(userOf(n)).toBe(`u${(n + 1) % 12}`);
    for (let n = 1; n < 24; n += 2) store.remove(store.find(`/n${n}`));
    expect(acls.table()).toHaveLength(empty);
  });

  it('takes out a subtree of any depth', () => {
    const store = new NodeStore({ ...OPTIONS, digestEnabled: false });
    let parent = 0;
    // Counting the bytes of every path takes the square of the depth.
    vi.spyOn(store.paths, 'units').mockReturnValue(1);
    for (let depth = 0; depth < 30_000; depth++) {
      const name = { bytes: Buffer.from('/d'), start: 1, end: 2 };
      parent = store.insert(parent, name, { data: null, acl: store.acls.open, fields: fieldsAt(1) });
    }
    store.remove(store.find('/d'));
    expect([store.size, store.records.int(0, StatField.numChildren)]).toEqual([1, 0]);
  });
});

describe('marks of snapshots', () => {
  it('of long ago are not taken for those of today', () => {
    const pair = new Pair(OPTIONS);
    for (const name of ['a', 'b', 'c']) pair.put([name], null);
    for (let i = 0; i < 300; i++) {
      const given = pair.store.beginSnapshot(1 as Zxid);
      if (i === 0) nextRecord(given);
      given.close();
    }
    for (let i = 0; i < 300; i++) {
      const snapshot = pair.store.beginSnapshot(1 as Zxid);
      const seen = new Map<string, string | null>();
      while (take(snapshot, seen));
      snapshot.close();
      expect([...seen.keys()]).toEqual(['', '/a', '/b', '/c']);
    }
  });
});

/** Counts what is written to it. */
class CountingTable extends NodeTable {
  writes = 0;

  override set(...args: Parameters<NodeTable['set']>): void {
    this.writes++;
    super.set(...args);
  }
}

describe('growing', () => {
  it('is never much work at once, however many nodes there are', () => {
    const nodes = new CountingTable();
    const index = new PathIndex(nodes);
    const name = Buffer.alloc(4);
    let most = 0;
    for (let i = 0; i < 200_000; i++) {
      const id = nodes.take();
      name.writeInt32BE(i);
      nodes.set(id, Field.hash, hashOn(99, name, 0, 4));
      nodes.writes = 0;
      index.add(id);
      most = Math.max(most, nodes.writes);
    }
    expect(index.size).toBe(200_000);
    expect(most).toBeLessThan(24);
  });
});
