import { Client } from '../../../src/client/client.js';
import { NoNodeError } from '../../../src/client/errors.js';
import type { FinalNode, FinalState } from '../../../src/testing/sim/history.js';
import { simStat } from '../../../src/testing/sim/wire-tap.js';
import { until } from '../../interop/support/until.js';
import type { Ensemble } from './ensemble.js';
import type { Member } from './member.js';
import { digestsIn, sessionsIn } from './words.js';

const SYSTEM_PATH = '/zookeeper';
const QUIET_TIMEOUT_MS = 60_000;
/** Transactions from one digest that servers keep to the next. */
const DIGEST_EVERY = 128;

export interface FinalLook {
  readonly state: FinalState;
  /** Where servers differ, in words. */
  readonly differences: readonly string[];
}

/**
 * Resolves when the ensemble knows of no session but these: whoever else was there has been missed long enough, and what it left
 * behind is gone.
 */
export async function untilOnly(sessions: ReadonlySet<bigint>, ensemble: Ensemble): Promise<void> {
  let abandoned: bigint[] = [];
  await until(
    async () => {
      const known = sessionsIn(await (await ensemble.leader()).ask('dump'));
      abandoned = [...known].filter((session) => !sessions.has(session));
      return abandoned.length === 0 || undefined;
    },
    { what: 'abandoned sessions end', timeoutMs: QUIET_TIMEOUT_MS, everyMs: 100 },
  ).catch((error: unknown) => {
    const ids = abandoned.map((session) => `0x${session.toString(16)}`);
    throw new Error(`${ids.join(', ')} live on`, { cause: error });
  });
}

/** Reads every server's whole tree, and compares. Nobody may write meanwhile. */
export async function finalLook(ensemble: Ensemble): Promise<FinalLook> {
  const leader = await ensemble.leader();
  const readers = await Promise.all(ensemble.members.map((member) => Client.connect(member.connectString)));
  try {
    for (const reader of readers) await reader.sync('/');
    const trees = await Promise.all(readers.map(readTree));
    const differences = trees.slice(1).flatMap((tree, index) => {
      const [one, other] = [ensemble.members[0], ensemble.members[index + 1]] as [Member, Member];
      return differencesOf([one.sid, trees[0] ?? new Map<string, FinalNode>()], [other.sid, tree]);
    });
    const liveSessions = sessionsIn(await leader.ask('dump'));
    return {
      state: { nodes: trees[ensemble.members.indexOf(leader)] ?? new Map<string, FinalNode>(), liveSessions },
      differences,
    };
  } finally {
    await Promise.all(readers.map((reader) => reader.close()));
  }
}

async function readTree(client: Client): Promise<Map<string, FinalNode>> {
  const nodes = new Map<string, FinalNode>();
  const open = ['/'];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    try {
      const { data, stat } = await client.getData(path);
      if (path !== '/') nodes.set(path, { data: data === null ? null : data.toString('utf8'), stat: simStat(stat) });
      const { children } = await client.getChildren(path);
      for (const name of children) {
        const child = path === '/' ? `/${name}` : `${path}/${name}`;
        if (child !== SYSTEM_PATH) open.push(child);
      }
    } catch (error) {
      // An empty container that the leader has removed meanwhile.
      if (!(error instanceof NoNodeError)) throw error;
      nodes.delete(path);
    }
  }
  return nodes;
}

type Tree = readonly [sid: number, nodes: ReadonlyMap<string, FinalNode>];

function differencesOf([sid, nodes]: Tree, [otherSid, otherNodes]: Tree): string[] {
  const differences: string[] = [];
  for (const path of new Set([...nodes.keys(), ...otherNodes.keys()])) {
    const [one, other] = [textOf(nodes.get(path)), textOf(otherNodes.get(path))];
    if (one !== other) differences.push(`${path}: server ${sid} has ${one}, server ${otherSid} has ${other}`);
  }
  return differences;
}

function textOf(node: FinalNode | undefined): string {
  if (node === undefined) return 'nothing';
  return JSON.stringify(node, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

/**
 * Makes every server write down the digest of its tree at one transaction, as they do at every 128th, and compares. A server that
 * differs refuses to go on; one that has none is told of as well.
 */
export async function compareDigests(ensemble: Ensemble): Promise<{ compared: number; differences: string[] }> {
  const writer = await Client.connect(ensemble.connectString);
  const { path } = await writer.create('/digests-', null, { mode: 'ephemeral-sequential' });
  const sets = Array.from({ length: 2 * DIGEST_EVERY }, () => writer.setData(path, null));
  const firstZxid = (await Promise.all(sets))[0]?.mzxid ?? 0;
  await writer.close();
  const seen = new Map<number, string[]>();
  for (const { sid, connectString } of ensemble.members) {
    const member = ensemble.member(sid);
    const reader = await Client.connect(connectString);
    await reader.sync('/');
    await reader.close();
    for (const [zxid, digest] of digestsIn(await member.ask('hash'))) {
      if (zxid >= firstZxid) seen.set(zxid, [...(seen.get(zxid) ?? []), digest]);
    }
  }
  const differences = [...seen]
    .filter(([, digests]) => new Set(digests).size > 1)
    .map(([zxid, digests]) => `digests at zxid 0x${zxid.toString(16)}: ${digests.join(', ')}`);
  const compared = [...seen.values()].filter((digests) => digests.length === ensemble.members.length).length;
  if (compared === 0) differences.push('no digest was told by every server');
  return { compared, differences };
}
