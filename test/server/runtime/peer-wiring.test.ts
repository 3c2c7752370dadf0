import { expect, test } from 'vitest';
import { nodeRuntime, SILENT_LOGGER } from '../../../src/runtime/index.js';
import { inspectServerConfig, usableConfig } from '../../../src/server/config/parse-server-config.js';
import type { EnsembleServerConfig } from '../../../src/server/runtime/ensemble-server-config.js';
import { electionOptions, peerPorts, quorumPeerOptions } from '../../../src/server/runtime/peer-wiring.js';
import type { ServerDeps } from '../../../src/server/runtime/server-deps.js';
import { ServerMembership } from '../../../src/server/runtime/server-membership.js';
import { MemoryDisk } from '../../../src/server/storage/memory-disk.js';

const BASE = ['dataDir=/data', 'clientPort=2181', 'tickTime=500', 'initLimit=10', 'syncLimit=5'];
const THREE = ['server.1=zk1:2888:3888', 'server.2=zk2:2888:3888', 'server.3=zk3:2888:3888'];
const deps: ServerDeps = { runtime: nodeRuntime(), disk: new MemoryDisk({ tracksSync: false }), logger: SILENT_LOGGER };

function configOf(...lines: string[]): EnsembleServerConfig {
  const members = lines.some((line) => line.startsWith('server.1=')) ? [] : THREE;
  const input = { kind: 'file', path: 'zoo.cfg', text: [...BASE, ...members, ...lines].join('\n') } as const;
  const config = usableConfig(inspectServerConfig(input, { baseDir: '/', readText: () => '1' }));
  if (config.ensemble === null) throw new Error('this is no ensemble');
  return { ...config, ensemble: config.ensemble };
}

const electionOf = (...lines: string[]) => {
  const config = configOf(...lines);
  return electionOptions(config, deps, new ServerMembership(config.ensemble));
};

test('a member takes its part as the defaults have it', () => {
  expect(quorumPeerOptions(configOf())).toEqual({
    sid: 1,
    tickTimeMs: 500,
    initLimit: 10,
    syncLimit: 5,
    connectTimeoutMs: 5000,
    leaderRetryDelayMs: 100,
    fieldBytesMax: 2 * 1_048_575,
    observerDelayMaxMs: 200,
    observerReconnectDelayMs: 0,
    readOnlyAfterMs: null,
  });
  expect(electionOf()).toMatchObject({
    sid: 1,
    listen: [{ host: 'zk1', port: 3888 }],
    tls: null,
    bindAttemptsMax: 3,
    connectTimeoutMs: 5000,
    introductionTimeoutMs: 2500,
    intervalMs: { min: 200, max: 60_000 },
    multiAddressEnabled: false,
  });
});

test.each([
  ['connectToLearnerMasterLimit=3', { connectTimeoutMs: 1500 }],
  ['leaderConnectDelayDuringRetryMs=40', { leaderRetryDelayMs: 40 }],
  ['observer.election.DelayMs=7', { observerDelayMaxMs: 7 }],
  ['observer.reconnectDelayMs=900', { observerReconnectDelayMs: 900 }],
  ['readonlymode.enabled=true', { readOnlyAfterMs: 2000 }],
] as const)('%s reaches the peer', (line, expected) => {
  expect(quorumPeerOptions(configOf(line))).toMatchObject(expected);
});

test('with long ticks, reads are served without a leader after one of them', () => {
  expect(quorumPeerOptions(configOf('readonlymode.enabled=true', 'tickTime=3000')).readOnlyAfterMs).toBe(3000);
});

test.each([
  ['electionPortBindRetry=0', { bindAttemptsMax: 0 }],
  ['cnxTimeout=70', { connectTimeoutMs: 70 }],
  ['quorumCnxnTimeoutMs=80', { introductionTimeoutMs: 80 }],
  ['fastleader.minNotificationInterval=20', { intervalMs: { min: 20, max: 60_000 } }],
  ['fastleader.maxNotificationInterval=900', { intervalMs: { min: 200, max: 900 } }],
  ['multiAddress.enabled=true', { multiAddressEnabled: true }],
  ['quorumListenOnAllIPs=true', { listen: [{ port: 3888 }] }],
  ['tcpKeepAlive=true', { listen: [{ host: 'zk1', port: 3888, keepAlive: true }] }],
] as const)('%s reaches the election', (line, expected) => {
  expect(electionOf(line)).toMatchObject(expected);
});

test('a leader is on its own address alone, or on all of this machine', () => {
  const own = configOf();
  expect(peerPorts(own, deps).listenFor(own.ensemble.membership)).toEqual([{ host: 'zk1', port: 2888 }]);
  const all = configOf('quorumListenOnAllIPs=true');
  expect(peerPorts(all, deps).listenFor(all.ensemble.membership)).toEqual([{ port: 2888 }]);
  expect(electionOf('quorumListenOnAllIPs=true').listen).toEqual([{ port: 3888 }]);
});

test('a port that several addresses share is opened once on all of this machine', () => {
  const config = configOf(
    ...['server.1=a:1:2|b:1:2', ...THREE.slice(1)],
    ...['multiAddress.enabled=true', 'quorumListenOnAllIPs=true'],
  );
  const { membership } = config.ensemble;
  expect(peerPorts(config, deps).listenFor(membership)).toEqual([{ port: 1 }]);
  expect(peerPorts(config, deps).electionListen(membership)).toEqual([{ port: 2 }]);
});

test('of several addresses, a server listens on each, and calls each of the leader', () => {
  const lines = ['server.1=a:1:2|b:3:4', 'server.2=c:5:6|d:7:8', 'server.3=e:9:10', 'multiAddress.enabled=true'];
  const config = configOf(...lines);
  const { membership } = config.ensemble;
  const ports = peerPorts(config, deps);
  expect(ports.listenFor(membership)).toEqual([
    { host: 'a', port: 1 },
    { host: 'b', port: 3 },
  ]);
  expect(ports.electionListen(membership)).toEqual([
    { host: 'a', port: 2 },
    { host: 'b', port: 4 },
  ]);
  expect(ports.dialFor(membership, 2)).toEqual({
    addresses: [
      { host: 'c', port: 5 },
      { host: 'd', port: 7 },
    ],
    tls: null,
  });
});
