import { describe, expect, it } from 'vitest';
import { effectiveSettings } from '../../../src/server/config/effective-config.js';
import type { EnsembleConfig } from '../../../src/server/config/ensemble-config.js';
import { inspectServerConfig } from '../../../src/server/config/parse-server-config.js';
import type { ConfigReading } from '../../../src/server/config/read-server-config.js';

type Files = Readonly<Record<string, string>>;

const base = ['dataDir=/data', 'clientPort=2181', 'initLimit=10', 'syncLimit=5', 'tickTime=2000'];
const three = ['server.1=zk1:2888:3888', 'server.2=zk2:2888:3888', 'server.3=zk3:2888:3888'];
const asFirst: Files = { '/data/myid': '1\n' };

function inspect(lines: readonly string[], files: Files = asFirst): ConfigReading {
  const readText = (path: string): string | null => files[path] ?? null;
  const input = { kind: 'file', path: '/etc/zoo.cfg', text: lines.join('\n') } as const;
  return inspectServerConfig(input, { baseDir: '/base', readText });
}

function ensembleOf(lines: readonly string[], files?: Files): EnsembleConfig {
  const { config, problems } = inspect(lines, files);
  expect(problems).toEqual([]);
  if (config === null || config.ensemble === null) throw new Error('this is no ensemble');
  return config.ensemble;
}

function faultsOf(lines: readonly string[], files?: Files): string[] {
  const { config, problems } = inspect(lines, files);
  expect(config).toBeNull();
  return problems.map(({ source, line, key, allowed }) => `${source}:${String(line)} ${String(key)} ${allowed}`);
}

describe('an ensemble', () => {
  it('of three gets every default', () => {
    const ensemble = ensembleOf([...base, ...three]);
    expect(ensemble).toMatchObject({
      sid: 1,
      files: { configFile: '/etc/zoo.cfg', dynamicFile: null },
      standaloneEnabled: true,
      reconfigEnabled: false,
      initLimit: 10,
      syncLimit: 5,
      connectToLearnerMasterLimitMs: 20_000,
      leaderConnectRetryDelayMs: 100,
      quorumListenOnAllIps: false,
      electionPortBindRetries: 3,
      cnxTimeoutMs: 5000,
      quorumCnxnTimeoutMs: 10_000,
      tcpKeepAlive: false,
      multiAddressEnabled: false,
      notificationIntervalMs: { min: 200, max: 60_000 },
      leaderServes: true,
      commitLogCount: 500,
      snapshotSizeFactor: 0.33,
      observer: { reconnectDelayMs: 0, electionDelayMs: 200 },
      localSessionsEnabled: false,
      localSessionsUpgradingEnabled: false,
      readOnlyModeEnabled: false,
      sslQuorum: false,
      portUnification: false,
      tls: null,
    });
    expect(ensemble.lastSeen).toBe(ensemble.membership);
    expect(ensemble.membership.format()).toBe(`${three.map((line) => `${line}:participant`).join('\n')}\nversion=0`);
    expect(Object.isFrozen(ensemble)).toBe(true);
  });

  it('honours its keys', () => {
    const ensemble = ensembleOf([
      ...base,
      ...three,
      'connectToLearnerMasterLimit=3',
      'quorumCnxnTimeoutMs=700',
      'leaderServes=no',
      'commitLogCount=900',
      'observer.reconnectDelayMs=50',
      'fastleader.minNotificationInterval=20',
      'localSessionsEnabled=true',
      'readonlymode.enabled=true',
      'electionPortBindRetry=0',
    ]);
    expect(ensemble).toMatchObject({
      connectToLearnerMasterLimitMs: 6000,
      quorumCnxnTimeoutMs: 700,
      leaderServes: false,
      commitLogCount: 900,
      observer: { reconnectDelayMs: 50 },
      notificationIntervalMs: { min: 20 },
      localSessionsEnabled: true,
      readOnlyModeEnabled: true,
      electionPortBindRetries: 0,
    });
  });

  it('of one is one only when it is told so', () => {
    const one = [...base, 'server.1=zk1:2888:3888;2181'];
    expect(inspect(one).config?.ensemble).toBeNull();
    const { config, warnings } = inspect([...one, 'standaloneEnabled=false']);
    expect(config?.ensemble).toMatchObject({ sid: 1, standaloneEnabled: false });
    expect(warnings).toEqual(['a single voter tolerates no failure; three are the least that do']);
  });

  it('may have observers', () => {
    const ensemble = ensembleOf([...base, ...three, 'server.4=zk4:2888:3888:observer'], { '/data/myid': '4' });
    expect(ensemble.sid).toBe(4);
    expect(ensemble.membership.isObserver(4)).toBe(true);
  });

  it('takes the client port from its own line', () => {
    const lines = three.map((line, index) => `${line};10.0.0.${String(index + 1)}:${String(2181 + index)}`);
    const without = base.filter((line) => line !== 'clientPort=2181');
    const { config } = inspect([...without, ...lines], { '/data/myid': '2' });
    expect(config).toMatchObject({ clientPort: 2182, clientPortAddress: '10.0.0.2' });
    expect(config?.ensemble?.membership.format()).toContain('server.2=zk2:2888:3888:participant;10.0.0.2:2182\n');
  });

  it('accepts a client port that says the same as the line, and no other', () => {
    const line = (client: string) => [...base, `server.1=zk1:2888:3888;${client}`, ...three.slice(1)];
    expect(faultsOf(line('2182'))).toEqual(['/etc/zoo.cfg:2 clientPort differs from the client port 2182 of server.1']);
    expect(inspect(line('2181')).problems).toEqual([]);
    expect(inspect([...line('127.0.0.1:2181'), 'clientPortAddress=localhost']).problems).toEqual([]);
    expect(faultsOf(line('10.0.0.5:2181'))).toEqual([
      '/etc/zoo.cfg:2 clientPort differs from the client address 10.0.0.5 of server.1',
    ]);
    expect(faultsOf([...line('10.0.0.5:2181'), 'clientPortAddress=10.0.0.6'])).toEqual([
      '/etc/zoo.cfg:9 clientPortAddress differs from the client address 10.0.0.5 of server.1',
    ]);
  });

  it('has ids that leave room for extended types', () => {
    const lines = [...base, ...three, 'server.255=zk4:2888:3888'];
    expect(inspect(lines).problems).toEqual([]);
    expect(faultsOf([...lines, 'extendedTypesEnabled=true'])).toEqual([
      '/etc/zoo.cfg:9 server.255 the id 255 must be a whole number from 1 to 254 (extendedTypesEnabled=true takes one away)',
    ]);
  });

  it('has no two servers in one place', () => {
    expect(faultsOf([...base, ...three, 'server.4=zk2:4888:2888'])).toEqual([
      '/etc/zoo.cfg:9 server.4 zk2:2888 is where server.2 is: each needs a place of its own',
    ]);
  });

  it('warns of what is legal and probably not meant', () => {
    const warningsOf = (...more: string[]) => inspect([...base, ...three, ...more]).warnings;
    expect(warningsOf()).toEqual([]);
    expect(warningsOf('server.4=zk4:2888:3888')).toEqual(['4 voters tolerate no more failures than 3 would']);
    expect(warningsOf('peerType=observer')).toEqual([
      '/etc/zoo.cfg line 9: peerType=observer: this server is participant by its line server.1, and that counts',
    ]);
    expect(warningsOf('commitLogCount=10')[0]).toMatch(/is raised to 500/);
    expect(warningsOf('syncEnabled=false')[0]).toMatch(/syncEnabled=false: has no effect: observers always write/);
    expect(warningsOf('syncEnabled=true')).toEqual([]);
    expect(warningsOf('observerMasterPort=2889')[0]).toMatch(/has no effect: followers do not feed observers yet/);
  });

  it('refuses SASL between servers rather than going on without', () => {
    expect(faultsOf([...base, ...three, 'quorum.auth.enableSasl=true'])).toEqual([
      '/etc/zoo.cfg:9 quorum.auth.enableSasl SASL between servers is not supported; sslQuorum=true makes them prove who they are with certificates',
    ]);
    expect(inspect([...base, ...three, 'quorum.auth.enableSasl=false']).problems).toEqual([]);
  });

  it('says everything that is wrong at once', () => {
    const without = base.filter((line) => !line.includes('Limit'));
    expect(faultsOf([...without, ...three], {})).toEqual([
      '/etc/zoo.cfg:null initLimit is not set; an ensemble needs it: the ticks to connect to the leader and catch up, such as 10',
      '/etc/zoo.cfg:null syncLimit is not set; an ensemble needs it: the ticks after which a silent server is given up, such as 5',
      '/data/myid:null null this file is missing; it must hold the number of this server and nothing else, one of 1, 2, 3',
    ]);
  });
});

describe('quorums by groups and weights', () => {
  const groups = ['group.1=1:2', 'group.2=3', 'weight.3=0'];

  it('are read', () => {
    const { membership } = ensembleOf([...base, ...three, ...groups]);
    expect(membership.isHierarchical).toBe(true);
    expect(membership.verifier.weightOf(3)).toBe(0);
  });

  it('must make sense', () => {
    const [fault] = faultsOf([...base, ...three, 'group.1=1:2', 'group.2=3:x']);
    expect(fault).toMatch(/^\/etc\/zoo\.cfg:9 group\.1 .*group\.2: x must be a whole number/);
  });
});

describe('TLS between servers', () => {
  const stores = ['ssl.quorum.keyStore.location=/tls/key.pem', 'ssl.quorum.trustStore.location=/tls/ca.pem'];

  it('has stores and rules of its own', () => {
    const { tls, sslQuorum } = ensembleOf([...base, ...three, 'sslQuorum=true', ...stores]);
    expect(sslQuorum).toBe(true);
    expect(tls).toMatchObject({
      keyStore: { location: '/tls/key.pem', type: 'PEM' },
      clientAuth: 'need',
      hostnameVerification: true,
      clientHostnameVerification: true,
      reverseLookup: true,
    });
    const lax = ['ssl.quorum.hostnameVerification=false', 'ssl.quorum.protocol=TLSv1.2'];
    expect(ensembleOf([...base, ...three, 'portUnification=true', ...stores, ...lax]).tls).toMatchObject({
      hostnameVerification: false,
      clientHostnameVerification: false,
      maxVersion: 'TLSv1.2',
    });
  });

  it('needs both stores', () => {
    expect(faultsOf([...base, ...three, 'sslQuorum=true'])).toEqual([
      '/etc/zoo.cfg:null ssl.quorum.keyStore.location is not set; TLS between servers needs it',
      '/etc/zoo.cfg:null ssl.quorum.trustStore.location is not set; TLS between servers needs it',
    ]);
  });
});

describe('members in a dynamic file', () => {
  const path = '/etc/zoo.cfg.dynamic.100000275';
  const text = three.map((line) => `${line}:participant;2181`).join('\n');
  const lines = [...base.filter((line) => line !== 'clientPort=2181'), `dynamicConfigFile=${path}`];

  it('have the version that ends its name', () => {
    const ensemble = ensembleOf(lines, { ...asFirst, [path]: text });
    expect(ensemble.files).toEqual({ configFile: '/etc/zoo.cfg', dynamicFile: path });
    expect(ensemble.membership.version).toBe(0x100000275);
    expect(ensemble.membership.formatFile()).toBe(text.replaceAll(';2181', ';0.0.0.0:2181'));
  });

  it('have version 0 when the name does not end in one', () => {
    const other = [...lines.slice(0, -1), 'dynamicConfigFile=members'];
    expect(ensembleOf(other, { ...asFirst, '/base/members': text }).membership.version).toBe(0);
  });

  it('are refused with the line of that file', () => {
    const broken = text.replace('zk2:2888', 'zk2:2888x');
    expect(faultsOf(lines, { ...asFirst, [path]: broken })).toEqual([
      `${path}:2 server.2 the quorum port 2888x must be a number from 1 to 65535`,
    ]);
  });

  it('may be followed by members that were proposed', () => {
    const next = (version: string) => ({
      ...asFirst,
      [path]: text,
      '/etc/zoo.cfg.dynamic.next': `${text.split('\n').slice(1).join('\n')}\nversion=${version}`,
    });
    const on = [...lines, 'reconfigEnabled=true'];
    expect(ensembleOf(on, next('100000300')).lastSeen.members.has(1)).toBe(false);
    expect(ensembleOf(on, next('100000300')).lastSeen.version).toBe(0x100000300);
    const older = ensembleOf(on, next('100000275'));
    expect(older.lastSeen).toBe(older.membership);
    const off = ensembleOf(lines, next('100000300'));
    expect(off.lastSeen).toBe(off.membership);
  });

  it('that were proposed and cannot be read stop the start', () => {
    const files = { ...asFirst, [path]: text, '/etc/zoo.cfg.dynamic.next': 'server.1=what' };
    expect(() => inspect([...lines, 'reconfigEnabled=true'], files)).toThrow(
      /^\/etc\/zoo\.cfg\.dynamic\.next: this file cannot be used: server\.1=what: must have the form/,
    );
  });
});

describe('what check-config shows', () => {
  it('counts ensemble keys in an ensemble only', () => {
    const shown = (lines: readonly string[]) => {
      const { config, settings } = inspect(lines);
      return config === null ? [] : effectiveSettings(config, settings);
    };
    expect(shown([...base, ...three])).toContainEqual({ key: 'initLimit', value: '10', source: '/etc/zoo.cfg line 3' });
    expect(shown([...base, ...three])).toContainEqual({ key: 'cnxTimeout', value: '5000', source: 'default' });
    const alone = shown(base);
    expect(alone.find(({ key }) => key === 'initLimit')?.withoutEffect).toBe('it matters only in an ensemble');
    expect(alone.some(({ key }) => key === 'cnxTimeout')).toBe(false);
  });
});
