import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toZxid } from '../../../src/protocol/zxid.js';
import { parseServerConfig } from '../../../src/server/config/parse-server-config.js';
import type { ServerConfig } from '../../../src/server/config/server-config.js';
import { FourLetterWords } from '../../../src/server/words/four-letter-words.js';
import type { EnsembleInfo, LeadingInfo, ServerInfo, ServerMode } from '../../../src/server/words/server-info.js';
import { ServerStats } from '../../../src/server/words/server-stats.js';
import { QuorumConfig } from '../../../src/server/zab/quorum-config.js';
import { connection, fakeServer, monitorOf } from './fake-server.js';

const recordings = new URL('../../vectors/ops/4lw/', import.meta.url);
const recorded = (name: string) => readFileSync(new URL(`${name}.txt`, recordings), 'utf8');
const withoutVersion = (text: string) => text.replace(/\d+\.\d+\.\d+-.*, built on .* UTC/, '<version>');

/** The recorded servers: number 3 leads, 4 observes. */
const SIDS = { leader: 3, follower: 1, observer: 4, 'read-only': 1 } as const;
type MemberMode = keyof typeof SIDS;
const memberModes = ['leader', 'follower', 'observer'] as const;

const membership = QuorumConfig.parse(
  [
    ...[1, 2, 3].map((sid) => `server.${sid}=127.0.0.1:2411${sid}:2412${sid}:participant;127.0.0.1:2410${sid}`),
    'server.4=127.0.0.1:24114:24124:observer;127.0.0.1:24104',
    'version=100000000',
  ].join('\n'),
);

function configOf(sid: number, ...more: string[]): ServerConfig {
  const text = [
    'tickTime=2000',
    'initLimit=10',
    'syncLimit=5',
    'dataDir=/var/lib/zookeeper/data',
    'dynamicConfigFile=members',
    '4lw.commands.whitelist=*',
    ...more,
  ].join('\n');
  const readText = (path: string): string => (path.endsWith('myid') ? String(sid) : membership.formatFile());
  return parseServerConfig({ kind: 'file', path: 'zoo.cfg', text }, { baseDir: '/', readText });
}

const leading: LeadingInfo = {
  sinceMs: 797_446,
  learners: 3,
  syncedFollowers: 2,
  syncedNonVotingFollowers: 0,
  syncedObservers: 1,
  pendingSyncs: 0,
  proposalSizes: { last: 65, min: 36, max: 110 },
};

function member(mode: MemberMode, overrides: Partial<ServerInfo> = {}): ServerInfo {
  const ensemble: EnsembleInfo = { membership, leaderSid: 3, leading: mode === 'leader' ? leading : null };
  const clientPort = 24100 + SIDS[mode];
  return fakeServer({ config: configOf(SIDS[mode]), clientPort, mode, ensemble, ...overrides });
}

const ask = async (word: string, server: ServerInfo) => new FourLetterWords(server).answer(word, null, '127.0.0.1');

describe('srvr and stat', () => {
  const counters: Readonly<Record<MemberMode, { received: number; sent: number; latencies: readonly number[] }>> = {
    leader: { received: 296, sent: 298, latencies: [37, ...latenciesOf(256, 524)] },
    follower: { received: 282, sent: 284, latencies: [] },
    observer: { received: 279, sent: 280, latencies: [] },
    'read-only': { received: 10, sent: 11, latencies: [] },
  };

  /** So many whole numbers of that sum, 0 among them. */
  function latenciesOf(count: number, sum: number): number[] {
    return Array.from({ length: count }, (_, index) => (index === 0 ? 0 : index <= sum % (count - 1) ? 3 : 2));
  }

  function server(mode: MemberMode): ServerInfo {
    const stats = new ServerStats();
    for (const latencyMs of counters[mode].latencies) stats.answered(latencyMs, true);
    stats.packetsReceived = counters[mode].received - 1;
    stats.packetsSent = counters[mode].sent - 1;
    const zxid = mode === 'read-only' ? 0x100000001 : 0x100000270;
    const nodeCount = mode === 'read-only' ? 6 : 18;
    const connections = Array.from({ length: mode === 'read-only' ? 1 : 3 }, (_, index) => connection(index));
    return member(mode, {
      stats,
      tree: { ...fakeServer().tree, lastProcessedZxid: toZxid(zxid), nodeCount },
      connections: () => connections,
    });
  }

  /** Each role was recorded under a load of its own. */
  const shapeOf = (text: string) => withoutVersion(text).replace(/^(Latency min\/avg\/max: ).*$/m, '$1<numbers>');

  it.each(['leader', 'follower', 'observer', 'read-only'] as const)('tell the mode: %s', async (mode) => {
    expect(shapeOf(await ask('srvr', server(mode)))).toBe(shapeOf(recorded(`srvr.${mode}`)));
    const headOf = (text: string) => withoutVersion(text).split('Clients:')[0];
    expect(headOf(await ask('stat', server(mode)))).toBe(headOf(recorded(`stat.${mode}`)));
  });

  it('tell of proposals on a leader only, and before the first', async () => {
    const proposalSizes = { last: -1, min: -1, max: -1 };
    const fresh = { membership, leaderSid: 3, leading: { ...leading, proposalSizes } };
    expect(await ask('srvr', member('leader', { ensemble: fresh }))).toMatch(
      /\nProposal sizes last\/min\/max: -1\/-1\/-1\n$/,
    );
    expect(await ask('srvr', member('follower'))).not.toContain('Proposal');
  });
});

describe('conf', () => {
  const sizes = { directorySizes: async () => ({ dataDirBytes: 67_109_581, dataLogDirBytes: 67_109_581 }) };

  it.each(memberModes)('is as recorded: %s', async (mode) => {
    expect(await ask('conf', member(mode, sizes))).toBe(recorded(`conf.${mode}`));
  });

  it('says nothing of the members while it is read-only', async () => {
    const text = await ask('conf', member('read-only', sizes));
    const keysOf = (conf: string) => conf.split('\n').map((line) => line.split('=')[0]);
    expect(keysOf(text)).toEqual(keysOf(recorded('conf.read-only')));
  });
});

describe('isro', () => {
  it.each(['leader', 'follower', 'observer', 'read-only'] as const)('is as recorded: %s', async (mode) => {
    expect(await ask('isro', member(mode))).toBe(recorded(`isro.${mode}`));
  });
});

describe('dump', () => {
  const ids = [1, 3, 4].flatMap((sid) => {
    const base = { 1: 0x100000c307d0002n, 3: 0x300000c30b50000n, 4: 0x400000c30870000n }[sid] ?? 0n;
    return [
      { id: base, timeoutMs: 10_000 },
      { id: base + 1n, timeoutMs: 30_000 },
    ];
  });
  const sessionsPart = (text: string) => text.slice(0, text.indexOf('ephemeral nodes dump'));
  const sessions = { size: ids.length, buckets: () => [], values: () => [...ids].reverse() };

  it.each(['follower', 'observer'] as const)('lists the sessions of all on a learner: %s', async (mode) => {
    expect(sessionsPart(await ask('dump', member(mode, { sessions })))).toBe(sessionsPart(recorded(`dump.${mode}`)));
  });

  it('tells when they expire on the leader', async () => {
    const buckets = () => [{ expiresAtMs: 870_000, sessionIds: [0x300000c30b50000n] }];
    expect(sessionsPart(await ask('dump', member('leader', { sessions: { ...sessions, buckets } })))).toBe(
      'SessionTracker dump:\nSession Sets (1)/(6):\n1 expire at Sat Nov 21 19:22:04 UTC 2026:\n\t0x300000c30b50000\n',
    );
  });

  it('puts sessions that only this server knows first', async () => {
    const none = { size: 0, buckets: () => [], values: () => [] };
    const text = await ask('dump', member('read-only', { sessions: none, localSessions: none }));
    expect(sessionsPart(text)).toBe(sessionsPart(recorded('dump.read-only')));
    const one = { ...none, size: 1, buckets: () => [{ expiresAtMs: 870_000, sessionIds: [5n] }] };
    expect(await ask('dump', member('follower', { sessions, localSessions: one }))).toMatch(
      /^SessionTracker dump:\nLocal Session Sets \(1\)\/\(1\):\n1 expire at .*:\n\t0x5\nGlobal Sessions\(6\):\n/,
    );
  });
});

describe('mntr', () => {
  async function monitored(mode: MemberMode, overrides: Partial<ServerInfo> = {}): Promise<Map<string, string>> {
    const stats = new ServerStats();
    for (const path of ['/app', '/queue']) {
      stats.reads.add(path, 76);
      stats.writes.add(path, 8);
    }
    if (mode === 'leader') {
      for (const sid of [1, 2, 4]) {
        const { queueSize, queueTimeMs } = stats.learners.of(sid);
        queueSize.add(2);
        queueTimeMs.add(5);
      }
    }
    return monitorOf(await ask('mntr', member(mode, { stats, ...overrides })));
  }

  it.each(['leader', 'follower', 'observer', 'read-only'] as const)('has every key recorded: %s', async (mode) => {
    const ours = new Set((await monitored(mode)).keys());
    // Which namespaces there are is a matter of what clients did.
    const theirs = [...monitorOf(recorded(`mntr.${mode}`)).keys()].filter((key) => !key.endsWith('_per_namespace'));
    expect(theirs.filter((key) => !ours.has(key))).toEqual([]);
    const known = new Set(theirs);
    const more = [...ours].filter((key) => !known.has(key) && !/_per_namespace$|_ack_latency$/.test(key));
    expect(more).toEqual([...(mode === 'leader' ? ['zk_followers'] : []), 'zk_fsync_threshold_exceed_count']);
  });

  it.each(['leader', 'follower', 'observer'] as const)('begins with the states: %s', async (mode) => {
    const head = (lines: Map<string, string>) => [...lines].slice(1, mode === 'observer' ? 4 : 3);
    expect(head(await monitored(mode))).toEqual(head(monitorOf(recorded(`mntr.${mode}`))));
  });

  it('tells of learners on the leader only', async () => {
    const lines = await monitored('leader');
    const told = ['learners', 'followers', 'synced_followers', 'synced_observers', 'leader_uptime', 'quorum_size'];
    expect(told.map((name) => lines.get(`zk_${name}`))).toEqual(['3', '3', '2', '1', '62554', '3']);
    expect(lines.get('zk_max_2_learner_handler_qp_size')).toBe('2');
    expect(lines.get('zk_p99_4_learner_handler_qp_time_ms')).toBe('5');
    const follower = await monitored('follower');
    expect([...follower.keys()].filter((key) => /leader_uptime|learners|synced/.test(key))).toEqual([]);
    expect(follower.get('zk_quorum_size')).toBe('3');
  });

  it('counts sessions that only this server knows', async () => {
    const local = { size: 7, buckets: () => [], values: () => [] };
    expect((await monitored('follower', { localSessions: local })).get('zk_local_sessions')).toBe('7');
  });

  it('forgets learners with srst', async () => {
    const stats = new ServerStats();
    stats.learners.of(2).ackLatencyMs.add(9);
    const server = member('leader', { stats });
    expect(await ask('mntr', server)).toContain('zk_max_2_ack_latency\t9\n');
    await ask('srst', server);
    expect(await ask('mntr', server)).toContain('zk_max_2_ack_latency\t0\n');
  });
});

it('a member without a leader says so', async () => {
  const mode: ServerMode = 'follower';
  const looking = member(mode, { isServing: false });
  for (const word of ['srvr', 'mntr', 'conf', 'isro', 'ruok']) {
    expect(await ask(word, looking)).toBe(recorded(`${word}.not-serving`));
  }
});
