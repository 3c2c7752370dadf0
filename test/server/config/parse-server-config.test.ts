import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/server/config/config-error.js';
import { effectiveSettings } from '../../../src/server/config/effective-config.js';
import {
  inspectServerConfig,
  loadConfigInput,
  parseServerConfig,
  relativePathWarning,
} from '../../../src/server/config/parse-server-config.js';
import type { ParseOptions } from '../../../src/server/config/parse-server-config.js';

const options = { baseDir: '/base' };
const file = (...lines: string[]) => ({ kind: 'file', path: 'zoo.cfg', text: lines.join('\n') }) as const;
const parse = (...lines: string[]) => parseServerConfig(file(...lines), options);
const inspect = (...lines: string[]) => inspectServerConfig(file(...lines), options);

function faultOf(lines: string[], extra: Partial<ParseOptions> = {}): string {
  const { problems } = inspectServerConfig(file(...lines), { ...options, ...extra });
  expect(problems).toHaveLength(1);
  const fault = () => parseServerConfig(file(...lines), { ...options, ...extra });
  expect(fault).toThrow(ConfigError);
  try {
    fault();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
  }
  return '';
}

const small = ['dataDir=/data', 'clientPort=2181'];

describe('the smallest file', () => {
  it('gets every default', () => {
    const config = parse(...small);
    expect(config).toMatchObject({
      dataDir: '/data',
      dataLogDir: '/data',
      clientPort: 2181,
      clientPortAddress: null,
      secureClientPort: null,
      tickTimeMs: 3000,
      minSessionTimeoutMs: 6000,
      maxSessionTimeoutMs: 60_000,
      maxClientCnxns: 60,
      maxCnxns: 0,
      snapCount: 100_000,
      snapSizeLimitKb: 4_194_304,
      txnLogSizeLimitKb: -1,
      preAllocSizeKb: 65_536,
      juteMaxBufferBytes: 1_048_575,
      juteMaxBufferExtraBytes: 1_048_575,
      globalOutstandingLimit: 1000,
      sessionlessTimeoutMs: 10_000,
      forceSync: true,
      fsyncWarningThresholdMs: 1000,
      extendedTypesEnabled: false,
      digestEnabled: true,
      enforceQuota: false,
      skipAcl: false,
      container: { checkIntervalMs: 60_000, maxPerMinute: 10_000, maxNeverUsedIntervalMs: 0 },
      autopurge: { intervalMs: 0, snapRetainCount: 3 },
      words: { whitelist: ['srvr'], loopback: false },
      auth: { digestEnabled: true, digestAlgorithm: 'sha1', superDigest: null, enforcedSchemes: null },
      tls: null,
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('gives no warning', () => {
    expect(inspect(...small).warnings).toEqual([]);
  });
});

describe('keys', () => {
  it('are honoured in both spellings, bare Java properties from the file too', () => {
    const config = parse(
      ...small,
      'zookeeper.snapCount=500',
      'jute.maxbuffer=4096',
      'zookeeper.extendedTypesEnabled=true',
      'znode.container.checkIntervalMs=1000',
      'zookeeper.fsync.warningthresholdms=20',
      'forceSync=no',
      'skipACL=yes',
    );
    expect(config).toMatchObject({ snapCount: 500, juteMaxBufferBytes: 4096, juteMaxBufferExtraBytes: 4096 });
    expect(config).toMatchObject({ extendedTypesEnabled: true, container: { checkIntervalMs: 1000 } });
    expect(config).toMatchObject({ fsyncWarningThresholdMs: 20, forceSync: false, skipAcl: true });
  });

  it('set twice keep the last value, whichever spelling, and say so', () => {
    const reading = inspect(...small, 'snapCount=500', 'zookeeper.snapCount=600');
    expect(reading.config?.snapCount).toBe(600);
    expect(reading.warnings).toEqual(['zoo.cfg: snapCount is set on lines 3 and 4; the last one counts']);
  });

  it('that are not known are warned about, with the nearest known key', () => {
    expect(inspect(...small, 'maxClientCnxn=3', 'noSuchKey=1').warnings).toEqual([
      'zoo.cfg line 3: maxClientCnxn is not a known key (did you mean maxClientCnxns?); it is ignored',
      'zoo.cfg line 4: noSuchKey is not a known key; it is ignored',
    ]);
  });

  it('that are not known are errors in strict mode', () => {
    expect(faultOf([...small, 'maxClientCnxn=3'], { strict: true })).toBe(
      'zoo.cfg line 3: maxClientCnxn is not a known key (did you mean maxClientCnxns?)',
    );
  });

  it('that are missing are named together with a slip that may have been meant', () => {
    expect(faultOf(['datadir=/data', 'clientPort=2181'])).toBe(
      'zoo.cfg: dataDir is not set; it must name a directory; datadir, set on line 1, is not a known key (did you mean dataDir?)',
    );
  });

  it('of an ensemble are checked and have no effect on a server that runs alone', () => {
    const reading = inspect(...small, 'initLimit=10', 'syncLimit=5', 'peerType=observer', 'quorumListenOnAllIPs=true');
    expect(reading.warnings).toEqual([]);
    expect(reading.config?.ensemble).toBeNull();
    expect(faultOf([...small, 'initLimit=ten'])).toMatch(/^zoo\.cfg line 3: initLimit=ten: must be a whole number/);
  });

  it('that ask for what is not there yet give a warning, or a refusal where it would be unsafe', () => {
    expect(inspect(...small, 'admin.enableServer=false', 'admin.serverPort=8080').warnings).toEqual([]);
    expect(inspect(...small, 'admin.enableServer=true').warnings).toEqual([
      'zoo.cfg line 3: admin.enableServer=true: has no effect: there is no admin HTTP server yet',
    ]);
    expect(faultOf([...small, 'sessionRequireClientSASLAuth=true'])).toMatch(/not supported: SASL logins come/);
  });
});

describe('values', () => {
  it('that are wrong are named with key, line and what is allowed', () => {
    expect(faultOf([...small, '', '# comment', 'tickTime=abc'])).toBe(
      'zoo.cfg line 5: tickTime=abc: must be a whole number of ms from 1 to 2147483647',
    );
  });

  it('report all faults in the order of the file, and throw the first', () => {
    const lines = ['maxClientCnxns=many', 'tickTime=0', ...small];
    expect(inspect(...lines).problems.map(({ key }) => key)).toEqual(['maxClientCnxns', 'tickTime']);
    expect(() => parse(...lines)).toThrow(/^zoo\.cfg line 1: maxClientCnxns=many/);
  });

  it('cannot break the line they are reported on', () => {
    expect(faultOf([...small, 'peerType=a\\nb\\u001b'])).toContain('peerType=a\\u000ab\\u001b');
  });

  it('never show a secret', () => {
    const fault = faultOf([...small, 'DigestAuthenticationProvider.superDigest=super:hunter2']);
    expect(fault).toContain('DigestAuthenticationProvider.superDigest=********');
    expect(fault).not.toContain('hunter2');
  });

  it('read as something else than meant are remarked on', () => {
    expect(inspect(...small, 'extendedTypesEnabled=yes', 'skipACL=true').warnings).toEqual([
      "zoo.cfg line 3: extendedTypesEnabled=yes: is read as false; write 'true' or 'false'",
      "zoo.cfg line 4: skipACL=true: is read as no; write 'yes' or 'no'",
    ]);
  });
});

describe('limits that depend on each other', () => {
  it('take session bounds from the tick time', () => {
    expect(parse(...small, 'tickTime=200')).toMatchObject({ minSessionTimeoutMs: 400, maxSessionTimeoutMs: 4000 });
    expect(parse(...small, 'minSessionTimeout=-1', 'maxSessionTimeout=90000')).toMatchObject({
      minSessionTimeoutMs: 6000,
      maxSessionTimeoutMs: 90_000,
    });
  });

  it('refuse bounds that cross, even where one of them is a default', () => {
    expect(faultOf([...small, 'tickTime=2000', 'maxSessionTimeout=3000'])).toBe(
      'zoo.cfg line 4: maxSessionTimeout=3000: minSessionTimeout (4000 ms) must not be larger than maxSessionTimeout (3000 ms)',
    );
  });

  it('raise a retain count that would be unsafe', () => {
    const reading = inspect(...small, 'autopurge.snapRetainCount=1', 'autopurge.purgeInterval=24');
    expect(reading.config?.autopurge).toEqual({ intervalMs: 86_400_000, snapRetainCount: 3 });
    expect(reading.warnings[0]).toMatch(/snapRetainCount=1: is raised to 3/);
  });

  it('never let the extra allowance overflow', () => {
    expect(parse(...small, 'jute.maxbuffer=100').juteMaxBufferExtraBytes).toBe(1024);
    expect(parse(...small, 'jute.maxbuffer=2147483000').juteMaxBufferExtraBytes).toBe(647);
  });

  it('remark on words that nobody could ask', () => {
    expect(inspect(...small, '4lw.commands.whitelist=rouk, stat').warnings).toEqual([
      'zoo.cfg line 3: 4lw.commands.whitelist=rouk, stat: there is no word rouk',
    ]);
  });

  it('warn when nobody could connect', () => {
    expect(inspect('dataDir=/data').warnings).toEqual([
      'neither clientPort nor secureClientPort is set: this server takes no clients',
    ]);
  });
});

describe('server.N', () => {
  it('alone runs standalone and gives the client port', () => {
    const reading = inspect('dataDir=/data', 'server.1=localhost:2888:3888;10.0.0.5:2181');
    expect(reading.config).toMatchObject({ clientPort: 2181, clientPortAddress: '10.0.0.5' });
    expect(reading.warnings[0]).toMatch(/only one server is listed: running standalone/);
  });

  it('must not disagree with clientPort', () => {
    expect(faultOf([...small, 'server.1=localhost:2888:3888;2182'])).toMatch(
      /clientPort=2181: differs from the client port 2182/,
    );
  });

  it('has an id from 1 to 255', () => {
    expect(faultOf([...small, 'server.a=a:2888:3888'])).toMatch(/the id a must be a whole number from 1 to 255/);
    expect(faultOf([...small, 'server.256=a:2888:3888'])).toMatch(/the id 256/);
  });
});

describe('auth', () => {
  it('accepts the provider classes of ZooKeeper by name and refuses others', () => {
    const config = parse(
      ...small,
      'authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider',
      'authProvider.x509=org.apache.zookeeper.server.auth.X509AuthenticationProvider',
    );
    expect([...config.auth.extraSchemes].sort()).toEqual(['sasl', 'x509']);
    expect(faultOf([...small, 'authProvider.1=com.example.Mine'])).toMatch(/Java classes cannot be loaded/);
  });

  it('enforces only schemes that somebody could have', () => {
    const enforce = ['enforce.auth.enabled=true', 'enforce.auth.schemes=sasl,digest'];
    expect(parse(...small, ...enforce).auth.enforcedSchemes).toEqual(['sasl', 'digest']);
    expect(faultOf([...small, 'enforce.auth.enabled=true', 'enforce.auth.schemes=sasl'])).toMatch(
      /possible here: digest/,
    );
    expect(inspect(...small, 'enforce.auth.enabled=true').problems[0]?.key).toBe('enforce.auth.schemes');
  });

  it('takes the names Java gives digest algorithms', () => {
    expect(parse(...small, 'DigestAuthenticationProvider.digestAlg=SHA-256').auth.digestAlgorithm).toBe('sha256');
    expect(faultOf([...small, 'DigestAuthenticationProvider.digestAlg=ROT13'])).toMatch(/must be one of SHA1, /);
  });
});

describe('TLS', () => {
  const tls = ['dataDir=/data', 'secureClientPort=2281', 'ssl.keyStore.location=/tls/key.pem'];

  it('reads stores, their types from their names', () => {
    const config = parse(...tls, 'ssl.keyStore.password=x', 'ssl.trustStore.location=/tls/trust.pem');
    expect(config.tls).toEqual({
      keyStore: { location: '/tls/key.pem', type: 'PEM', password: 'x', passwordPath: null },
      trustStore: { location: '/tls/trust.pem', type: 'PEM', password: null, passwordPath: null },
      clientAuth: 'need',
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
      ciphers: null,
      detectionTimeoutMs: 5000,
    });
    expect(config.auth.extraSchemes.has('x509')).toBe(true);
  });

  it('needs a key store, and a trust store unless clients need no certificate', () => {
    expect(faultOf(['dataDir=/data', 'secureClientPort=2281'])).toMatch(/ssl\.keyStore\.location is not set/);
    expect(faultOf(tls)).toMatch(/ssl\.trustStore\.location is not set; ssl\.clientAuth=need needs it/);
    expect(parse(...tls, 'ssl.clientAuth=none').tls?.trustStore).toBeNull();
  });

  it('is not looked at when no port speaks it', () => {
    expect(parse(...small, 'ssl.keyStore.location=/tls/key.what').tls).toBeNull();
  });

  it('can share the client port', () => {
    const config = parse(...small, 'client.portUnification=true', 'ssl.clientAuth=none', 'ssl.keyStore.location=k.p12');
    expect(config).toMatchObject({ clientPortUnification: true, tls: { keyStore: { type: 'PKCS12' } } });
    expect(config.auth.extraSchemes.has('x509')).toBe(false);
  });

  it('asks for the type of a store whose name does not tell', () => {
    const lines = ['dataDir=/data', 'secureClientPort=2281', 'ssl.clientAuth=none', 'ssl.keyStore.location=/tls/key'];
    expect(faultOf(lines)).toMatch(/end it in \.pem or \.p12, or set ssl\.keyStore\.type/);
    expect(parse(...lines, 'ssl.keyStore.type=pem').tls?.keyStore.type).toBe('PEM');
  });

  it('limits protocols and suites', () => {
    const none = [...tls, 'ssl.clientAuth=none'];
    expect(parse(...none, 'ssl.protocol=TLSv1.2').tls).toMatchObject({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' });
    expect(parse(...none, 'ssl.enabledProtocols=TLSv1.3').tls).toMatchObject({ minVersion: 'TLSv1.3' });
    expect(
      parse(...none, 'ssl.ciphersuites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_AES_128_GCM_SHA256').tls,
    ).toMatchObject({ ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256' });
    expect(faultOf([...none, 'ssl.enabledProtocols=TLSv1,TLSv1.2'])).toMatch(/must list TLSv1\.2 or TLSv1\.3/);
    expect(faultOf([...none, 'ssl.ciphersuites=TLS_NULL'])).toMatch(/no suite TLS_NULL/);
  });
});

describe('the arguments of the start command', () => {
  const fromArguments = (...args: string[]) => parseServerConfig({ kind: 'arguments', args }, options);

  it('may be port and directory, tick time, connections', () => {
    expect(fromArguments('2181', 'data')).toMatchObject({ clientPort: 2181, dataDir: '/base/data', tickTimeMs: 3000 });
    expect(fromArguments('2181', '/data', '500', '7')).toMatchObject({ tickTimeMs: 500, maxClientCnxns: 7 });
    expect(() => fromArguments('port', '/data')).toThrow(/^command line: clientPort=port: must be a port number/);
  });

  it('are counted', () => {
    expect(() => fromArguments()).toThrow(/no arguments given; usage: pinfold server configfile \| port datadir/);
    expect(() => fromArguments('1', '2', '3', '4', '5')).toThrow(/5 arguments given/);
  });

  it('name a file that must be there', () => {
    expect(() => loadConfigInput(['/nowhere/zoo.cfg'])).toThrow('/nowhere/zoo.cfg: this file is missing');
    expect(() => loadConfigInput(['/'])).toThrow(/is a directory/);
  });

  it('get a remark on a bare relative path', () => {
    expect(relativePathWarning(file(''))).toMatch(/prefix it with \.\//);
    expect(relativePathWarning({ ...file(''), path: './zoo.cfg' })).toBeNull();
    expect(relativePathWarning({ ...file(''), path: '/etc/zoo.cfg' })).toBeNull();
  });

  it('may override what the file says', () => {
    const config = parseServerConfig(file(...small), { ...options, overrides: ['clientPort=0', 'tickTime = 500'] });
    expect(config).toMatchObject({ clientPort: 0, tickTimeMs: 500 });
    expect(() => parseServerConfig(file(...small), { ...options, overrides: ['tickTime'] })).toThrow(/key=value/);
  });
});

describe('effectiveSettings', () => {
  it('shows every value with its source, secrets masked', () => {
    const lines = [
      ...small,
      'initLimit=10',
      'DigestAuthenticationProvider.superDigest=super:xQJmxLMiHGwaqBvst5y6rkB6HQs=',
    ];
    const { config, settings } = inspectServerConfig(file(...lines), { ...options, overrides: ['snapCount=7'] });
    const shown = config === null ? [] : effectiveSettings(config, settings);
    expect(shown).toContainEqual({ key: 'clientPort', value: '2181', source: 'zoo.cfg line 2' });
    expect(shown).toContainEqual({ key: 'snapCount', value: '7', source: 'command line' });
    expect(shown).toContainEqual({ key: 'forceSync', value: 'yes', source: 'default' });
    expect(shown).toContainEqual({ key: 'maxSessionTimeout', value: '60000', source: 'default: 20 x tickTime' });
    expect(shown).toContainEqual({
      key: 'DigestAuthenticationProvider.superDigest',
      value: '********',
      source: 'zoo.cfg line 4',
    });
    expect(shown.at(-1)).toEqual({
      key: 'initLimit',
      value: '10',
      source: 'zoo.cfg line 3',
      withoutEffect: 'it matters only in an ensemble',
    });
  });
});
