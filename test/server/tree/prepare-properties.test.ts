import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/error-codes.js';
import type { ApplyResult } from '../../../src/server/tree/apply-result.js';
import { limitsPathOf, statsPathOf } from '../../../src/server/tree/quota.js';
import type { AskedWrite } from './support/arbitrary-writes.js';
import { askedWrite } from './support/arbitrary-writes.js';
import type { ModelNode } from './support/model-tree.js';
import { ModelTree } from './support/model-tree.js';
import { asReplayed, create, kept, multi, remove, setData, TreeHarness } from './support/tree-harness.js';
import { digestFromScratch, treeImage, walk } from './support/tree-state.js';

const KINDS = ['persistent', 'ephemeral', 'container', 'ttl'] as const;

/** What an answer says, in the model's words. */
function codesOf({ err, results }: ApplyResult): number | number[] {
  return results === null || err !== 0 ? err : results.map((each) => each.err);
}

/** The tree in the model's words. */
function modelImage(tree: TreeHarness): Map<string, Partial<ModelNode> & { children: string[] }> {
  const image = new Map<string, Partial<ModelNode> & { children: string[] }>();
  walk(tree.tree, (node) => {
    const kind = KINDS[node.kind];
    image.set(node.path, {
      data: node.data === null ? null : node.data.toString('hex'),
      perms: node.acl.worldPerms,
      kind,
      owner: node.ephemeralOwner,
      ...{ czxid: node.czxid, mzxid: node.mzxid, pzxid: node.pzxid, mtime: node.mtime },
      ...{ version: node.version, aversion: node.aversion, creations: node.storedCversion },
      deletions: node.cversion - node.storedCversion,
      children: [...node.children].sort(),
    });
  });
  return image;
}

function expectSame(tree: TreeHarness, model: ModelTree): void {
  const expected = new Map(
    [...model.nodes].map(([path, { ttlMs: _, ...node }]) => [path, { ...node, children: model.children(path).sort() }]),
  );
  expect(modelImage(tree)).toEqual(expected);
}

describe('prepared and applied writes', () => {
  it('do what a simple model of the rules does', () => {
    fc.assert(
      fc.property(fc.array(askedWrite, { maxLength: 60 }), (writes) => {
        const tree = new TreeHarness();
        const model = new ModelTree();
        for (const { request, ...context } of writes) {
          const result = tree.write(request, context);
          const codes = model.write(request, { ...context, zxid: tree.zxid, timeMs: tree.nowMs });
          const sameAs = Array.isArray(codes) && codes.some((code) => code !== 0) ? failed(codes) : codes;
          expect(codesOf(result)).toEqual(sameAs);
        }
        expectSame(tree, model);
        expect(tree.tree.digest).toBe(digestFromScratch(tree.tree));
        expect(tree.preparer.outstandingCount).toBe(0);
      }),
      { numRuns: 400 },
    );
  });

  it('give the same whether applied one by one or prepared in batches', () => {
    const batched = fc.array(fc.tuple(askedWrite, fc.integer({ min: 0, max: 3 })), { maxLength: 60 });
    fc.assert(fc.property(batched, fc.boolean(), expectBatchesEqual), { numRuns: 300 });
  });

  it('run into quotas just the same in batches', () => {
    const batched = fc.array(fc.tuple(writeBelowQuota, fc.integer({ min: 0, max: 2 })), { maxLength: 30 });
    fc.assert(
      fc.property(batched, (writes) => expectBatchesEqual(writes, true)),
      { numRuns: 200 },
    );
  });
});

/** The codes before the failing one count for nothing, as the reply puts it. */
function failed(codes: number[]): number[] {
  return codes.map((code) => (code === 0 ? ErrorCode.OK : code));
}

type BatchedWrite = readonly [AskedWrite, number];

/** Writes on three nodes below a quota of bytes. */
const writeBelowQuota: fc.Arbitrary<AskedWrite> = fc
  .record({
    make: fc.constantFrom(
      (path: string, data: string) => create(path, { data }),
      (path: string, data: string) => setData(path, data),
      (path: string, data: string) => multi(setData(path, data), create('/a/c', { data })),
      (path: string) => remove(path),
    ),
    path: fc.constantFrom('/a', '/a/b', '/a/c'),
    data: fc.constantFrom('', '1', '22', '4444'),
  })
  .map(({ make, path, data }) => ({ request: make(path, data), sessionId: 1n, isInternal: false }));

function expectBatchesEqual(writes: readonly BatchedWrite[], enforceQuota: boolean): void {
  const oneByOne = quotaTree(enforceQuota);
  const expected = writes.map(([{ request, ...context }]) => {
    const proposal = oneByOne.prepare(request, context);
    return { proposal: asReplayed(proposal), result: oneByOne.commit(proposal) };
  });
  const inBatches = quotaTree(enforceQuota);
  expect(runInBatches(inBatches, writes)).toEqual(expected);
  expect(treeImage(inBatches.tree)).toEqual(treeImage(oneByOne.tree));
  expect(inBatches.warnings).toEqual(oneByOne.warnings);
  expect(inBatches.preparer.outstandingCount).toBe(0);
}

/** A tree where `/a` has limits that random writes run into. */
function quotaTree(enforceQuota: boolean): TreeHarness {
  return new TreeHarness({ enforceQuota, containerMaxNeverUsedMs: 10 }).given(
    create('/a'),
    create('/zookeeper/quota/a'),
    create(limitsPathOf('/a'), { data: 'count=2,bytes=5;countHardLimit=4;byteHardLimit=6' }),
    create(statsPathOf('/a')),
  );
}

/** Every write is prepared at once; a write's number says how many of the oldest proposals are applied after it. */
function runInBatches(tree: TreeHarness, writes: readonly BatchedWrite[]): unknown[] {
  const waiting: ReturnType<TreeHarness['prepare']>[] = [];
  const done: unknown[] = [];
  const apply = (): void => {
    const proposal = waiting.shift();
    if (proposal === undefined) return;
    const result = kept(tree.tree.apply(proposal.header, proposal.txn, silent));
    tree.preparer.committed(proposal.header.zxid);
    if (proposal.digest !== null) expect(tree.tree.digest).toBe(proposal.digest.digest);
    done.push({ proposal: asReplayed(proposal), result });
  };
  for (const [{ request, ...context }, applied] of writes) {
    waiting.push(tree.prepare(request, context));
    for (let i = 0; i < applied; i++) apply();
  }
  while (waiting.length > 0) apply();
  return done;
}

const silent = { nodeCreated() {}, nodeDataChanged() {}, nodeDeleted() {}, nodeChildrenChanged() {} };
