import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/server/config/config-error.js';
import { inspectServerConfig, parseServerConfig } from '../../../src/server/config/parse-server-config.js';
import { readConfigMatrix } from './config-matrix.js';

const options = { baseDir: '/' };
const input = (lines: readonly string[]) => ({ kind: 'file', path: 'zoo.cfg', text: lines.join('\n') }) as const;
const ENSEMBLE = /ensembles come with a later version/;

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
  'server line same quorum and election port': ENSEMBLE,
  'no servers, standaloneEnabled=false': /standaloneEnabled=false: not supported: ensembles/,
  'metrics provider class missing': /metricsProvider\.className=no\.such\.Class: must be one of/,
  'quorum sasl required without enable': /serverRequireSasl=true: needs quorum\.auth\.enableSasl=true/,
  'maxSessionTimeout < default min': /maxSessionTimeout=3000: .*must not be larger/,
  'dynamicConfigFile missing': ENSEMBLE,
};

/** Every file that makes an ensemble is refused before ZooKeeper's own checks would look at its details. */
const ENSEMBLES = [
  'ensemble without initLimit',
  'ensemble without syncLimit',
  'ensemble without myid',
  'myid not a number',
  'myid empty',
  'myid not in server list',
  'myid with whitespace',
  'server line without election port',
  'server line bad role',
  'server line bad client port',
  'server id not a number',
  'one participant + observer, standalone allowed',
  'observers only',
  'two servers',
  'multi-address while disabled',
  'static clientPort differs from server line',
  'server.N and dynamicConfigFile together',
  'dynamic file with version=',
  'dynamic file with static key',
  'group without all servers',
  'server in two groups',
  'single server line, standaloneEnabled=false',
];

/** Accepted, and what the log says about it. */
const ACCEPTED: Readonly<Record<string, RegExp | null>> = {
  'no clientPort': /this server takes no clients/,
  'no tickTime (default used)': null,
  'single server line': /only one server is listed: running standalone/,
  'autopurge.snapRetainCount=1': /is raised to 3/,
  'unknown key': /noSuchKey is not a known key/,
  'misspelt known key': /maxClientCnxn is not a known key \(did you mean maxClientCnxns\?\)/,
  'db.autocreate=false, standalone, no initialize file': null,
};

/** Where we part from ZooKeeper, and why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'secureClientPort with NIO factory': 'TLS needs no other connection factory here; what is missing is the key store',
  'secureClientPort with Netty and no keystore': 'a TLS port that can serve nobody is refused rather than opened',
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

function fault(lines: readonly string[]): string {
  try {
    parseServerConfig(input(lines), options);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
  }
  return 'accepted';
}

describe('the recorded matrix of bad configurations', () => {
  it('is covered case by case', () => {
    const covered = [REFUSED, ACCEPTED, DIFFERENT, LEFT_OUT].flatMap((table) => Object.keys(table));
    expect(matrix.map(({ name }) => name).sort()).toEqual([...covered, ...ENSEMBLES, ...NEEDS_A_SERVER].sort());
  });

  it.each(selected(Object.keys(REFUSED)))('refuses: $name', ({ name, lines, exitStatus }) => {
    expect(exitStatus).toBe(2);
    expect(fault(lines)).toMatch(REFUSED[name] ?? /never/);
    expect(fault(lines)).not.toContain('\n');
  });

  it.each(selected(ENSEMBLES))('refuses because it is an ensemble: $name', ({ lines }) => {
    expect(inspectServerConfig(input(lines), options).problems.some(({ allowed }) => ENSEMBLE.test(allowed))).toBe(
      true,
    );
  });

  it.each(selected(Object.keys(ACCEPTED)))('accepts: $name', ({ name, lines, exitStatus }) => {
    expect(exitStatus).toBeNull();
    const { config, warnings } = inspectServerConfig(input(lines), options);
    expect(config).not.toBeNull();
    const remark = ACCEPTED[name] ?? null;
    if (remark === null) expect(warnings).toEqual([]);
    else expect(warnings.join('\n')).toMatch(remark);
  });

  it.each(selected(Object.keys(DIFFERENT)))('differs on purpose: $name', ({ lines }) => {
    expect(fault(lines)).toMatch(/ssl\.keyStore\.location is not set/);
  });

  it('serves TLS on that port once there is a key store, whatever the factory', () => {
    const lines = [...(selected(['secureClientPort with NIO factory'])[0]?.lines ?? [])];
    expect(fault([...lines, 'ssl.keyStore.location=/k.pem', 'ssl.clientAuth=none'])).toBe('accepted');
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
