import { OpCode, type Acl, type Stat } from '../../../src/protocol/index.js';
import type { RawSession } from './raw-session.js';

/** Everything a client can learn of one node, as plain text for comparing and printing. */
export interface DumpedNode {
  readonly data: string | null;
  readonly acl: readonly string[];
  readonly stat: Readonly<Record<keyof Stat, number | string>>;
  readonly children: readonly string[];
}

export type TreeDump = Readonly<Record<string, DumpedNode>>;

/** Every node that the server has from `root` down, by path. The session needs an identity that may read everything. */
export async function dumpTree(session: RawSession, root = '/'): Promise<TreeDump> {
  const dump: Record<string, DumpedNode> = {};
  const paths = [root];
  for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
    const node = await dumpNode(session, path);
    dump[path] = node;
    paths.push(...node.children.map((name) => (path === '/' ? `/${name}` : `${path}/${name}`)));
  }
  return dump;
}

async function dumpNode(session: RawSession, path: string): Promise<DumpedNode> {
  const got = await session.must(OpCode.getData, { path, watch: false });
  const children = await session.must(OpCode.getChildren, { path, watch: false });
  const access = await session.must(OpCode.getACL, { path });
  return {
    data: got.data === null ? null : got.data.toString('latin1'),
    acl: (access.acl ?? []).map(aclText),
    stat: { ...got.stat, ephemeralOwner: got.stat.ephemeralOwner.toString(16) },
    children: (children.children ?? []).filter((name) => name !== null).sort(),
  };
}

function aclText({ perms, id }: Acl): string {
  return `${perms} ${id.scheme}:${id.id}`;
}
