import { describe, expect, it } from 'vitest';
import { getChildrenCodec } from '../../../src/protocol/get-children.js';
import { JuteReader } from '../../../src/protocol/jute-reader.js';
import { JuteWriter } from '../../../src/protocol/jute-writer.js';
import { readStat } from '../../../src/protocol/stat.js';
import { NO_NODE } from '../../../src/server/tree/node-id.js';
import { aclOf, create, remove, setAcl, setData, TreeHarness } from './support/tree-harness.js';

function scene(): TreeHarness {
  return new TreeHarness().given(
    create('/a', { data: 'abc' }),
    create('/a/b', { data: null }),
    create('/a/b/c'),
    create('/a/é', { flags: 1, acl: [aclOf(1, 'world', 'anyone')] }),
    setData('/a', 'abcd'),
  );
}

/** Looks up a path that lies in the middle of a frame. */
function idAt(tree: TreeHarness, path: string): number {
  const bytes = Buffer.from(path);
  return tree.tree.findAt(Buffer.concat([Buffer.from('/a'), bytes, Buffer.from('/b')]), 2, 2 + bytes.length);
}

function written(write: (out: JuteWriter) => void): JuteReader {
  const out = new JuteWriter();
  write(out);
  return new JuteReader(out.take());
}

describe('answers in wire form', () => {
  const tree = scene();
  const paths = ['/', '/a', '/a/b', '/a/b/c', '/a/é', '/zookeeper', '/zookeeper/config'];

  it('find a node by the bytes of its path', () => {
    expect(new Set(paths.map((path) => idAt(tree, path))).size).toBe(paths.length);
    expect(idAt(tree, '')).toBe(idAt(tree, '/'));
    for (const path of ['a', '/a/', '//a', '/b', '/a/b/d', '/a/b/c/d', '/a/e', '/\0']) {
      expect(idAt(tree, path)).toBe(NO_NODE);
    }
  });

  it.each(paths)('say of %s what the node says', (path) => {
    const id = idAt(tree, path);
    const node = tree.tree.find(path)!;
    const answer = written((out) => tree.tree.writeDataReply(id, out));
    expect(answer.buffer()).toEqual(node.data);
    expect(readStat(answer)).toEqual(tree.stat(path));
    expect(answer.remaining).toBe(0);
    const stat = written((out) => tree.tree.writeStat(id, out));
    expect(readStat(stat)).toEqual(tree.stat(path));
    const children = written((out) => tree.tree.writeChildren(id, out));
    expect(getChildrenCodec.response.read(children).children).toEqual([...node.children]);
    expect(tree.tree.aclOf(id)).toBe(node.acl);
  });

  it('follow changes', () => {
    const changing = scene();
    const id = idAt(changing, '/a/b');
    changing.given(setData('/a/b', 'x'.repeat(5000)), remove('/a/b/c'), setAcl('/a/b', [aclOf(31, 'ip', '::1')]));
    const answer = written((out) => changing.tree.writeDataReply(id, out));
    expect(answer.buffer()?.length).toBe(5000);
    expect(readStat(answer)).toEqual(changing.stat('/a/b'));
    expect(changing.stat('/a/b')).toMatchObject({ version: 1, numChildren: 0, cversion: 2, aversion: 1 });
    changing.given(remove('/a/b'));
    expect(idAt(changing, '/a/b')).toBe(NO_NODE);
  });
});
