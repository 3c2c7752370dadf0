import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import { KeeperView } from '../../../src/client/keeper-view.js';
import { projectRoot } from '../../support/built.js';

/** What is compared of a znode: everything but what differs from run to run. */
export interface NodeShape {
  readonly path: string;
  /** `persistent`, `container`, `ephemeral`, or `ttl` and for how many ms. */
  readonly kind: string;
  readonly dataHex: string;
  readonly owner: string | null;
  readonly version: number;
  readonly cversion: number;
  readonly numChildren: number;
}

interface RecordedNode {
  readonly path: string;
  readonly kind: 'persistent' | 'container' | 'ephemeral' | 'ttl';
  readonly ttlMs?: number;
  readonly dataHex: string;
  readonly owner?: string;
  readonly version: number;
  readonly cversion: number;
  readonly numChildren: number;
}

/**
 * The nodes of a recorded state, with patterns for identities or as they are, under the path that `place` gives. At once:
 * while a simulated world waits for a file, its time runs away, and its servers collect what is looked for.
 */
export function recordedNodes(
  file: string,
  place: (path: string) => string,
  { names = 'patterns' }: { readonly names?: 'patterns' | 'as they are' } = {},
): NodeShape[] {
  const text = readFileSync(join(projectRoot, 'test/vectors/recipes', file), 'utf8');
  const { nodes } = JSON.parse(text) as { nodes: RecordedNode[] };
  return ordered(
    nodes.map((node) => ({
      path: names === 'patterns' ? pattern(place(node.path)) : place(node.path),
      kind: node.kind === 'ttl' ? `ttl ${node.ttlMs}` : node.kind,
      dataHex: node.dataHex,
      owner: node.owner ?? null,
      version: node.version,
      cversion: node.cversion,
      numChildren: node.numChildren,
    })),
  );
}

/** For `beforeEach`: clients look on containers and nodes with a time to live as persistent ones, so it is noted how each is made. */
export function noteKinds(): void {
  vi.spyOn(KeeperView.prototype, 'create');
}

/**
 * The same of a path and all below it on a server, where the first client's session is called session-1. How they were made
 * must have been noted.
 */
export async function describeNodes(client: Client, path: string, clients: readonly Client[]): Promise<NodeShape[]> {
  const paths = await pathsFrom(client, path);
  const owners = new Map(clients.map((each, index) => [each.sessionId, `session-${index + 1}`]));
  const shapes = paths.map(async (each): Promise<NodeShape> => {
    const { data, stat } = await client.getData(each);
    return {
      path: pattern(each),
      kind: stat.ephemeralOwner === 0n ? kindOf(each) : 'ephemeral',
      dataHex: data?.toString('hex') ?? '',
      owner: owners.get(stat.ephemeralOwner) ?? null,
      version: stat.version,
      cversion: stat.cversion,
      numChildren: stat.numChildren,
    };
  });
  return ordered(await Promise.all(shapes));
}

function kindOf(path: string): string {
  const { calls, settledResults } = vi.mocked(KeeperView.prototype).create.mock;
  const at = settledResults.findLastIndex(({ type, value }) => type === 'fulfilled' && value.path === path);
  const { mode = 'persistent', ttlMs } = calls[at]?.[2] ?? {};
  return mode.startsWith('persistent') ? 'persistent' : [mode, ttlMs].join(' ').trim();
}

async function pathsFrom(client: Client, path: string): Promise<string[]> {
  const { children } = await client.getChildren(path);
  const below = await Promise.all(children.map((name) => pathsFrom(client, `${path}/${name}`)));
  return [path, ...below.flat()];
}

function pattern(path: string): string {
  return path
    .replace(/_c_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-/, '_c_<guid>-')
    .replace(/\/[0-9a-f]{32}(?=-|__)/, '/<hex>');
}

function ordered(nodes: NodeShape[]): NodeShape[] {
  return nodes.sort((a, b) => (a.path < b.path ? -1 : 1));
}
