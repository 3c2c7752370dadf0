import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/server/config/config-error.js';
import { inspectServerConfig, parseServerConfig } from '../../../src/server/config/parse-server-config.js';
import { readConfigMatrix } from './config-matrix.js';
import type { MatrixCase } from './config-matrix.js';

const input = (lines: readonly string[]) => ({ kind: 'file', path: 'zoo.cfg', text: lines.join('\n') }) as const;
const optionsOf = (files: MatrixCase['files'] = new Map()) => {
  return { baseDir: '/', readText: (path: string) => files.get(path) ?? null };
};

/** What our one line must say where ZooKeeper exits with 2: key, value and what is allowed. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'no dataDir': /dataDir is not set/,
  'tickTime=0': /tickTime=0: must be a whole number/,
  'tickTime not a number': /tickTime=abc: must be a whole number/,
  'clientPort not a number': /clientPort=21x: must be a port number/,
  'clientPortAddress without clientPort': /clientPortAddress=127\.0\.0\.1: is set but clientPort is not/,
  'min>max session timeout': /minSessionTimeout=50000: .*must not be larger/,
  'bad boolean': /reconfigEnabled=yes: must be 'true' or 'false'/,
  'bad boolean localSessionsEnabled': /localSessionsEnabled=1: must be 'true' or 'false'/,
  'electionAlg=1': /electionAlg=1: must be one of 3/,
  'peerType=foo': /peerType=foo: must be one of participant, observer/,
  'ensemble without initLimit': /zoo\.cfg: initLimit is not set/,
  'ensemble without syncLimit': /zoo\.cfg: syncLimit is not set/,
  'ensemble without myid': /^\/var\/lib\/zookeeper\/myid: this file is missing; it must hold .* one of 1, 2, 3$/,
  'myid not a number': /^\/var\/lib\/zookeeper\/myid line 1: one is not the number of a server; /,
  'myid empty': /^\/var\/lib\/zookeeper\/myid line 1: this line is empty; /,
  'server line without election port': /server\.1=127\.0\.0\.1:24211: must have the form/,
  'server line same quorum and election port': /server\.1=.*: the quorum port and the election port must differ/,
  'server line bad role': /server\.1=.*: the role voter must be participant or observer/,
  'server line bad client port': /server\.1=.*: the client part xyz must be a port/,
  'server id not a number': /server\.a=.*: the id a must be a whole number from 1 to 255/,
  'no servers, standaloneEnabled=false':
    /standaloneEnabled=false: makes an ensemble of one, which needs a server\.N line/,
  'one participant + observer, standalone allowed': /server\.2=.*: an observer has no quorum to follow/,
  'observers only': /server\.1=.*: there are only observers/,
  'multi-address while disabled': /server\.1=.*: several addresses .* need multiAddress\.enabled=true/,
  'static clientPort differs from server line': /clientPort=24200: differs from the client port 24299 of server\.1/,
  'server.N and dynamicConfigFile together': /server\.1=.*: must stand in \/etc\/zookeeper\/dyn/,
  'dynamic file with version=': /^\/etc\/zookeeper\/dyn line 4: version must not stand here: the version .* its name/,
  'dynamic file with static key': /^\/etc\/zookeeper\/dyn line 4: clientPort must not stand here/,
  'group without all servers': /group\.1=1:2: server\.3: it is in no group/,
  'server in two groups': /group\.1=1:2: group\.2: server 2 is in group\.1, too/,
  'metrics provider class missing': /metricsProvider\.className=no\.such\.Class: must be one of/,
  'quorum sasl required without enable': /serverRequireSasl=true: needs quorum\.auth\.enableSasl=true/,
  'maxSessionTimeout < default min': /maxSessionTimeout=3000: .*must not be larger/,
  'dynamicConfigFile missing': /dynamicConfigFile=\/etc\/zookeeper\/dyn: this file is missing/,
};

/** Accepted, and what the log says about it. */
const ACCEPTED: Readonly<Record<string, RegExp | null>> = {
  'no clientPort': /this server takes no clients/,
  'no tickTime (default used)': null,
  'single server line': /only one server is listed: running standalone/,
  'single server line, standaloneEnabled=false': /a single voter tolerates no failure/,
  'two servers': /two voters tolerate no failure/,
  'autopurge.snapRetainCount=1': /is raised to 3/,
  'unknown key': /noSuchKey is not a known key/,
  'misspelt known key': /maxClientCnxn is not a known key \(did you mean maxClientCnxns\?\)/,
  'db.autocreate=false, standalone, no initialize file': null,
};

/** Where we part from ZooKeeper, and why. */
const DIFFERENT: Readonly<Record<string, { readonly verdict: RegExp; readonly why: string }>> = {
  'secureClientPort with NIO factory': {
    verdict: /ssl\.keyStore\.location is not set/,
    why: 'TLS needs no other connection factory here; what is missing is the key store',
  },
  'secureClientPort with Netty and no keystore': {
    verdict: /ssl\.keyStore\.location is not set/,
    why: 'a TLS port that can serve nobody is refused rather than opened',
  },
  'myid with whitespace': { verdict: /^accepted$/, why: 'blanks around the number are no reason to stay down' },
  'myid not in server list': {
    verdict: /^\/var\/lib\/zookeeper\/myid line 1: there is no server\.9 among the servers of this ensemble/,
    why: 'a wrong configuration ends with 2 like the others',
  },
};

/** Not about the file: the command line tests start a server for these. */
const NEEDS_A_SERVER = [
  'clientPort in use',
  'datadir.autocreate=false and no version-2 dir',
  'dataDir not writable (is a file)',
  'config file missing',
  'no argument',
  'log files but no snapshot',
  'snapshots in dataLogDir',
  'txn logs in dataDir while dataLogDir differs',
];

const LEFT_OUT: Readonly<Record<string, string>> = { 'admin port in use': 'there is no admin server yet' };

const matrix = readConfigMatrix();
const selected = (names: readonly string[]) => matrix.filter(({ name }) => names.includes(name));

function fault({ lines, files }: Pick<MatrixCase, 'lines' | 'files'>): string {
  try {
    parseServerConfig(input(lines), optionsOf(files));
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
  }
  return 'accepted';
}

describe('the recorded matrix of bad configurations', () => {
  it('is covered case by case', () => {
    const covered = [REFUSED, ACCEPTED, DIFFERENT, LEFT_OUT].flatMap((table) => Object.keys(table));
    expect(matrix.map(({ name }) => name).sort()).toEqual([...covered, ...NEEDS_A_SERVER].sort());
  });

  it.each(selected(Object.keys(REFUSED)))('refuses: $name', (trial) => {
    expect(trial.exitStatus).toBe(2);
    expect(fault(trial)).toMatch(REFUSED[trial.name] ?? /never/);
    expect(fault(trial)).not.toContain('\n');
  });

  it.each(selected(Object.keys(ACCEPTED)))('accepts: $name', ({ name, lines, files, exitStatus }) => {
    expect(exitStatus).toBeNull();
    const { config, warnings } = inspectServerConfig(input(lines), optionsOf(files));
    expect(config).not.toBeNull();
    const remark = ACCEPTED[name] ?? null;
    if (remark === null) expect(warnings).toEqual([]);
    else expect(warnings.join('\n')).toMatch(remark);
  });

  it.each(selected(Object.keys(DIFFERENT)))('differs on purpose: $name', (trial) => {
    expect(fault(trial)).toMatch(DIFFERENT[trial.name]?.verdict ?? /never/);
  });

  it('serves TLS on that port once there is a key store, whatever the factory', () => {
    const lines = [...(selected(['secureClientPort with NIO factory'])[0]?.lines ?? [])];
    const tls = ['ssl.keyStore.location=/k.pem', 'ssl.clientAuth=none'];
    expect(fault({ lines: [...lines, ...tls], files: new Map() })).toBe('accepted');
  });
});

afterAll(() => {
  const count = matrix.length - NEEDS_A_SERVER.length - Object.keys(LEFT_OUT).length;
  const left = Object.entries(LEFT_OUT).map(([name, reason]) => `"${name}" (${reason})`);
  console.info(
    `bad-config matrix: ${String(count)} of ${String(matrix.length)} cases checked here, left out: ${left.join(', ')};`,
  );
  console.info(`  checked by starting a server: ${NEEDS_A_SERVER.map((name) => `"${name}"`).join(', ')}`);
});
