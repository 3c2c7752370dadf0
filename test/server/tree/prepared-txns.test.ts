import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DataTree } from '../../../src/server/tree/data-tree.js';
import type { Proposal } from '../../../src/server/tree/proposal.js';
import { NO_TRIGGERS } from '../../../src/server/tree/triggers.js';
import { askedWrite } from './support/arbitrary-writes.js';
import { asReplayed, create, kept, multi, remove, setData, TreeHarness } from './support/tree-harness.js';
import { treeImage } from './support/tree-state.js';

/** A tree that gets every transaction without what preparing has found out, as one read back from a log is. */
class Follower {
  readonly tree = new DataTree({ extendedTypesEnabled: true, digestEnabled: true });

  apply(proposal: Proposal): unknown {
    const { header, txn } = asReplayed(proposal);
    const { node: _, ...result } = kept(this.tree.apply(header, txn, NO_TRIGGERS));
    expect(this.tree.digest).toBe(proposal.digest === null ? this.tree.digest : proposal.digest.digest);
    return result;
  }
}

test('what preparing hands over to applying changes neither tree nor answers', () => {
  const steps = fc.array(fc.tuple(askedWrite, fc.integer({ min: 0, max: 3 })), { maxLength: 80 });
  fc.assert(
    fc.property(steps, (writes) => {
      const leader = new TreeHarness();
      const follower = new Follower();
      const waiting: Proposal[] = [];
      const apply = (): void => {
        const proposal = waiting.shift();
        if (proposal === undefined) return;
        const { node: _, ...result } = leader.commit(proposal);
        expect(follower.apply(proposal)).toEqual(result);
      };
      for (const [{ request, ...context }, applied] of writes) {
        waiting.push(leader.prepare(request, context));
        for (let i = 0; i < applied; i++) apply();
      }
      while (waiting.length > 0) apply();
      expect(treeImage(leader.tree)).toEqual(treeImage(follower.tree));
    }),
    { numRuns: 500 },
  );
});

test('a set of a node that goes and comes again before it is applied finds the new one', () => {
  const tree = new TreeHarness().given(create('/a', { data: 'old' }), create('/b'));
  const proposals = [
    tree.prepare(setData('/a', 'first')),
    tree.prepare(remove('/a')),
    tree.prepare(create('/b/x')),
    tree.prepare(multi(create('/a', { data: 'new' }), setData('/a', 'second'))),
    tree.prepare(setData('/a', 'third')),
  ];
  for (const proposal of proposals) expect(tree.commit(proposal).err).toBe(0);
  expect(tree.text('/a')).toBe('third');
  expect(tree.text('/b/x')).not.toBe('third');
});

test('what was handed over for a node is not believed of a later one with its id', () => {
  const tree = new TreeHarness().given(create('/a', { data: 'old' }));
  const late = tree.prepare(setData('/a', 'late'));
  // As if somebody else had changed the tree meanwhile: the id is in use again.
  const { tree: store } = tree;
  store.apply({ ...late.header, type: 2 }, { type: 2, path: '/a' }, NO_TRIGGERS);
  const made = { type: 1, path: '/c', data: null, acl: null, ephemeral: false, parentCVersion: -1 } as const;
  store.apply({ ...late.header, zxid: (late.header.zxid + 1) as typeof late.header.zxid, type: 1 }, made, NO_TRIGGERS);
  const zxid = (late.header.zxid + 2) as typeof late.header.zxid;
  expect(store.apply({ ...late.header, zxid }, late.txn, NO_TRIGGERS).err).toBe(-101);
  expect(store.find('/c')?.data).toBeNull();
});
