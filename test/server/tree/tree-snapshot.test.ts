import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askedWrite } from './support/arbitrary-writes.js';
import { create, remove, setAcl, setData, TreeHarness, aclOf } from './support/tree-harness.js';
import type { SnapshotNode } from '../../../src/server/tree/tree-loader.js';
import { load, nextRecord, recordOf, treeImage, walk } from './support/tree-state.js';

function recordsOf(tree: TreeHarness): Map<string, SnapshotNode> {
  const records = new Map<string, SnapshotNode>();
  walk(tree.tree, (node) => records.set(recordOf(node).path, recordOf(node)));
  return records;
}

describe('a snapshot of the tree', () => {
  it('hands out the root first and parents before children', () => {
    const tree = new TreeHarness().given(create('/b'), create('/a'), create('/a/c'), create('/b/d'));
    const snapshot = tree.tree.beginSnapshot();
    const paths: string[] = [];
    for (let node = nextRecord(snapshot); node !== null; node = nextRecord(snapshot)) paths.push(node.path);
    expect(paths).toEqual(['', '/zookeeper', '/zookeeper/quota', '/zookeeper/config', '/b', '/b/d', '/a', '/a/c']);
    expect(snapshot).toMatchObject({ zxid: 4, digest: tree.tree.digest });
  });

  it('shows nothing of what happens after it began', () => {
    const tree = new TreeHarness().given(create('/keep', { data: 'old' }), create('/drop'), create('/drop/below'));
    const then = recordsOf(tree);
    const snapshot = tree.tree.beginSnapshot();
    expect(nextRecord(snapshot)?.path).toBe('');
    tree.given(
      setData('/keep', 'new'),
      setAcl('/keep', [aclOf(1, 'world', 'anyone')]),
      remove('/drop/below'),
      remove('/drop'),
      create('/drop', { data: 'another' }),
      create('/drop/new'),
      create('/late'),
      setData('/', 'root'),
    );
    const seen = new Map<string, SnapshotNode>();
    for (let node = nextRecord(snapshot); node !== null; node = nextRecord(snapshot)) seen.set(node.path, node);
    expect(seen.get('/keep')).toEqual(then.get('/keep'));
    then.delete('');
    expect(seen).toEqual(then);
    expect([...seen.keys()].indexOf('/drop')).toBeLessThan([...seen.keys()].indexOf('/drop/below'));
    snapshot.close();
  });

  it('loads back as the tree it was taken of', () => {
    const tree = new TreeHarness().given(
      create('/a', { data: null, acl: [aclOf(7, 'world', 'anyone')] }),
      create('/a/e', { flags: 1 }),
      create('/ünï', { data: 'x' }),
    );
    const loaded = load(tree.tree.beginSnapshot(), tree.tree.options);
    expect(treeImage(loaded)).toEqual(treeImage(tree.tree));
    expect(loaded.lastProcessedZxid).toBe(3);
  });

  it('is taken one at a time', () => {
    const tree = new TreeHarness();
    const first = tree.tree.beginSnapshot();
    expect(() => tree.tree.beginSnapshot()).toThrow('already');
    first.close();
    const second = tree.tree.beginSnapshot();
    first.close();
    expect(() => tree.tree.beginSnapshot()).toThrow('already');
    second.close();
  });

  it('holds a moment, whatever is written between two nodes', () => {
    const step = fc.oneof(askedWrite, fc.constant(null));
    fc.assert(
      fc.property(fc.array(askedWrite, { maxLength: 40 }), fc.array(step, { maxLength: 80 }), (before, during) => {
        const tree = new TreeHarness();
        for (const { request, ...context } of before) tree.write(request, context);
        const then = treeImage(tree.tree);
        const snapshot = tree.tree.beginSnapshot();
        let writes = during.length;
        const loaded = load(
          {
            zxid: snapshot.zxid,
            aclTable: snapshot.aclTable,
            writeNext: (out) => {
              for (; writes > 0; writes--) {
                const asked = during[writes - 1];
                if (asked === null || asked === undefined) {
                  writes--;
                  break;
                }
                const { request, ...context } = asked;
                tree.write(request, context);
              }
              return snapshot.writeNext(out);
            },
          },
          tree.tree.options,
        );
        snapshot.close();
        expect(treeImage(loaded)).toEqual(then);
      }),
      { numRuns: 150 },
    );
  });
});
