import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Zxid } from '../../../src/protocol/zxid.js';
import type { DataTree } from '../../../src/server/tree/data-tree.js';
import type { Proposal } from '../../../src/server/tree/proposal.js';
import { TreeLoader } from '../../../src/server/tree/tree-loader.js';
import { NO_TRIGGERS } from '../../../src/server/tree/triggers.js';
import type { AskedWrite } from './support/arbitrary-writes.js';
import { askedWrite } from './support/arbitrary-writes.js';
import { create, TreeHarness } from './support/tree-harness.js';
import { recordOf, treeImage } from './support/tree-state.js';

const OPTIONS = { extendedTypesEnabled: true, digestEnabled: true };

/** Runs writes on a fresh tree; sessions come back after closing, so that more happens. */
function history(writes: readonly AskedWrite[]): { proposals: Proposal[]; final: DataTree } {
  const tree = new TreeHarness().given(create('/a'), create('/a/b'), create('/b'));
  const proposals: Proposal[] = [];
  for (const { request, ...context } of writes) {
    const proposal = tree.prepare(request, context);
    tree.commit(proposal);
    tree.closing.clear();
    proposals.push(proposal);
  }
  return { proposals, final: tree.tree };
}

function startTree(): DataTree {
  return new TreeHarness().given(create('/a'), create('/a/b'), create('/b')).tree;
}

function replay(tree: DataTree, proposals: readonly Proposal[]): void {
  for (const { header, txn } of proposals) tree.apply(header, txn, NO_TRIGGERS);
}

/**
 * A snapshot written as ZooKeeper does: node by node, depth first, while transactions go on. `pace` says how many are
 * applied before each node. The ACL table is that of the start.
 */
function fuzzySnapshot(tree: DataTree, proposals: readonly Proposal[], pace: readonly number[]): DataTree {
  const loader = new TreeLoader(OPTIONS);
  for (const list of tree.acls.table()) loader.defineAcl(list.key, list.entries);
  const startZxid = tree.lastProcessedZxid;
  let applied = 0;
  let visited = 0;
  const visit = (path: string): void => {
    const wanted = applied + (pace[visited++ % pace.length] ?? 0);
    while (applied < Math.min(wanted, proposals.length)) replay(tree, [proposals[applied++]!]);
    const node = tree.find(path);
    if (node === undefined) return;
    loader.addNode(recordOf(node));
    for (const name of [...node.children]) visit(path === '/' ? `/${name}` : `${path}/${name}`);
  };
  visit('/');
  return loader.finish(startZxid);
}

describe('replaying a log', () => {
  it('gives the tree again', () => {
    fc.assert(
      fc.property(fc.array(askedWrite, { maxLength: 60 }), (writes) => {
        const { proposals, final } = history(writes);
        const tree = startTree();
        replay(tree, proposals);
        expect(treeImage(tree)).toEqual(treeImage(final));
      }),
      { numRuns: 150 },
    );
  });

  it('over a snapshot that was written while it grew gives the tree again (ZOOKEEPER-3145, 4689, 4846)', () => {
    const pace = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(fc.array(askedWrite, { maxLength: 60 }), fc.nat(20), pace, (writes, skipped, speed) => {
        const { proposals, final } = history(writes);
        const before = startTree();
        replay(before, proposals.slice(0, skipped));
        const window = proposals.slice(skipped);
        const loaded = fuzzySnapshot(before, window, speed);
        replay(loaded, window);
        expect(loaded.unresolvedAclCount).toBe(0);
        expect(treeImage(loaded)).toEqual(treeImage(final));
        if (window.length > 0) expect(loaded.lastProcessedZxid).toBe(final.lastProcessedZxid);
      }),
      { numRuns: 500 },
    );
  });

  it('over the finished tree changes nothing', () => {
    fc.assert(
      fc.property(fc.array(askedWrite, { maxLength: 40 }), fc.nat(40), (writes, from) => {
        const { proposals, final } = history(writes);
        const then = treeImage(final);
        replay(final, proposals.slice(from));
        expect(treeImage(final)).toEqual(then);
      }),
      { numRuns: 150 },
    );
  });

  it('moves the last zxid with every transaction, failed ones too', () => {
    const { proposals, final } = history([{ request: create('/none/x'), sessionId: 1n, isInternal: false }]);
    expect(final.lastProcessedZxid).toBe(proposals[0]!.header.zxid);
    final.lastProcessedZxid = 0x1_0000_0000 as Zxid;
    replay(final, proposals);
    expect(final.lastProcessedZxid).toBe(0x1_0000_0000);
  });
});
