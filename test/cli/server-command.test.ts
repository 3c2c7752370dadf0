import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { freePorts } from '../../src/cli/free-ports.js';
import { Client } from '../../src/client/index.js';
import { readTarGz } from '../server/storage/support/tar-gz.js';
import { askOver, askWord, Command, configFile, run, scratchPath } from './support/command.js';

const tls = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
const keyStore = ['ssl.clientAuth=none', `ssl.keyStore.location=${tls('server.p12')}`, 'ssl.keyStore.password=secret'];
const allWords = '4lw.commands.whitelist=*';
const secure = (port: number) =>
  connectTls({ host: '127.0.0.1', port, servername: 'localhost', ca: readFileSync(tls('ca.pem')) });

/** A directory with nothing but the same number. */
function copyOf(dataDir: string): string {
  const copy = scratchPath('copy');
  mkdirSync(copy);
  copyFileSync(join(dataDir, 'myid'), join(copy, 'myid'));
  return copy;
}

describe('pinfold server', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('serves until %s, then ends with 0', async (signal) => {
    const server = new Command(['server', '0', scratchPath('data')]);
    expect(await askWord('srvr', await server.port())).toMatch(/^Zookeeper version: .*\n(.*\n)*Mode: standalone\n/);
    server.kill(signal);
    const { status, stderr, stdout } = await server.ended;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/stopped: what was logged is on disk/);
  });

  it('takes a configuration file', async () => {
    const dataDir = scratchPath('data');
    const server = new Command(['server', configFile(`dataDir=${dataDir}`, 'clientPort=0', 'tickTime=500', allWords)]);
    const port = await server.port();
    expect(await askWord('ruok', port)).toBe('imok');
    const conf = await askWord('conf', port);
    expect(conf).toMatch(new RegExp(`^clientPort=${port}\nsecureClientPort=-1\ndataDir=${dataDir}/version-2\n`));
    expect(conf).toMatch(/\ntickTime=500\nmaxClientCnxns=60\nminSessionTimeout=1000\nmaxSessionTimeout=10000\n/);
    server.kill('SIGTERM');
    expect((await server.ended).status).toBe(0);
  });

  it('is a member of an ensemble where several servers are listed', async () => {
    const dataDir = scratchPath('data');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'myid'), '2\n');
    const [quorum, election, ...others] = await freePorts('127.0.0.1', 4);
    const file = configFile(
      `dataDir=${dataDir}`,
      'clientPort=0',
      'initLimit=5',
      'syncLimit=2',
      allWords,
      `server.1=127.0.0.1:${others.join(':')}`,
      `server.2=127.0.0.1:${quorum}:${election}`,
    );
    const server = new Command(['server', file]);
    const port = await server.port();
    await server.output(/\[myid:2\] - INFO .* member of an ensemble: server 2 of 2, data in /);
    expect(await askWord('ruok', port)).toBe('imok');
    expect(await askWord('srvr', port)).toBe('This ZooKeeper instance is not currently serving requests\n');
    const second = await run(['server', '--set', `dataDir=${copyOf(dataDir)}`, file]);
    expect(second.stderr).toMatch(/server\.2=127\.0\.0\.1:.*: 127\.0\.0\.1 port \d+ is in use by another process/);
    server.kill('SIGTERM');
    expect((await server.ended).status).toBe(0);
  });

  it('lets --set go before the file', async () => {
    const server = new Command([
      'server',
      '--set',
      'clientPort=0',
      '--set',
      allWords,
      configFile(`dataDir=${scratchPath('d')}`, 'clientPort=1'),
    ]);
    expect(await askWord('ruok', await server.port())).toBe('imok');
    server.kill('SIGTERM');
    await server.ended;
  });

  it('warns of keys it does not know, and refuses them when strict', async () => {
    const file = configFile(`dataDir=${scratchPath('d')}`, 'clientPort=0', 'maxClientCnxn=3');
    const server = new Command(['server', file]);
    await server.output(/WARN .*maxClientCnxn is not a known key \(did you mean maxClientCnxns\?\)/);
    server.kill('SIGTERM');
    await server.ended;
    const { status, stderr } = await run(['server', '--strict', file]);
    expect(status).toBe(2);
    expect(stderr).toBe(`pinfold: ${file} line 3: maxClientCnxn is not a known key (did you mean maxClientCnxns?)\n`);
  });

  it('serves TLS on a port of its own', async () => {
    const file = configFile(`dataDir=${scratchPath('d')}`, 'secureClientPort=0', allWords, ...keyStore);
    const server = new Command(['server', file]);
    expect(await askOver(secure(await server.port('TLS')), 'ruok')).toBe('imok');
    server.kill('SIGTERM');
    expect((await server.ended).status).toBe(0);
  });

  it('knows clients by their certificates', async () => {
    const subject = 'CN=alice,OU=eng,O=Example\\, Inc';
    const superUser = `X509AuthenticationProvider.superUser=${subject.replace('\\', '\\\\')}`;
    const trusted = [`ssl.trustStore.location=${tls('ca.pem')}`, superUser];
    const mutual = [...keyStore.filter((line) => !line.includes('clientAuth')), ...trusted];
    const server = new Command(['server', configFile(`dataDir=${scratchPath('d')}`, 'secureClientPort=0', ...mutual)]);
    const client = await Client.connect(`127.0.0.1:${await server.port('TLS')}`, {
      tls: {
        servername: 'localhost',
        ca: readFileSync(tls('ca.pem')),
        key: readFileSync(tls('client-key.pem')),
        cert: readFileSync(tls('client.pem')),
      },
    });
    const identities = await client.whoAmI();
    expect(identities).toContainEqual({ scheme: 'x509', id: subject });
    expect(identities).toContainEqual({ scheme: 'super', id: '' });
    await client.close();
    server.kill('SIGTERM');
    expect((await server.ended).status).toBe(0);
  });

  it('serves TLS and plain clients on one port', async () => {
    const file = configFile(
      `dataDir=${scratchPath('d')}`,
      'clientPort=0',
      'client.portUnification=true',
      allWords,
      ...keyStore,
    );
    const server = new Command(['server', file]);
    const port = await server.port('plain and TLS');
    expect(await askWord('ruok', port)).toBe('imok');
    expect(await askOver(secure(port), 'ruok')).toBe('imok');
    server.kill('SIGTERM');
    expect((await server.ended).status).toBe(0);
  });
});

describe('the log', () => {
  it('has the layout of ZooKeeper', async () => {
    const server = new Command(['server', '0', scratchPath('data')]);
    await server.port();
    server.kill('SIGTERM');
    const { stdout } = await server.ended;
    for (const line of stdout.trimEnd().split('\n')) {
      expect(line).toMatch(
        /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \[myid:\] - (INFO|WARN|ERROR) +\[main:\w+@\d+\] - \S/,
      );
    }
  });

  it('can be JSON lines, and less', async () => {
    const env = { PINFOLD_LOG_FORMAT: 'json' };
    const server = new Command(['server', '--log-level', 'info', '0', scratchPath('data')], { env });
    await server.output(/binding to port/);
    server.kill('SIGTERM');
    const { stdout } = await server.ended;
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string; level: number });
    expect(records.some(({ msg }) => msg.startsWith('serving:'))).toBe(true);
    const { stdout: silence } = await run([
      'server',
      '--log-level',
      'silent',
      '--set',
      'tickTime=0',
      '0',
      scratchPath('data'),
    ]);
    expect(silence).toBe('');
  });
});

describe('a start that fails, as in the recorded matrix', () => {
  it.each([
    ['no dataDir', ['clientPort=24200'], /dataDir is not set/],
    ['tickTime not a number', ['dataDir=/d', 'tickTime=abc'], /line 2: tickTime=abc: must be a whole number of ms/],
    ['clientPort not a number', ['dataDir=/d', 'clientPort=21x'], /clientPort=21x: must be a port number/],
    ['two servers', ['dataDir=/d', 'server.1=a:1:2', 'server.2=b:1:2'], /initLimit is not set; an ensemble needs it/],
  ])('ends with 2 and one line: %s', async (_, lines, fault) => {
    const { status, stdout, stderr } = await run(['server', configFile(...lines)]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(fault);
    expect(stderr).toMatch(/^pinfold: [^\n]+\n$/);
  });

  it('ends with 2: config file missing', async () => {
    const { status, stderr } = await run(['server', '/nowhere/zoo.cfg']);
    expect({ status, stderr }).toEqual({ status: 2, stderr: 'pinfold: /nowhere/zoo.cfg: this file is missing\n' });
  });

  it('ends with 2: no argument', async () => {
    const { status, stderr } = await run(['server']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/missing required argument/);
  });

  it('ends with 2: a key store that cannot be read', async () => {
    const { status, stderr } = await run([
      'server',
      configFile('dataDir=/d', 'secureClientPort=0', 'ssl.clientAuth=none', 'ssl.keyStore.location=/nowhere/k.pem'),
    ]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/ssl\.keyStore\.location=\/nowhere\/k\.pem: this file is missing/);
  });

  it('ends with 1 and names the port: clientPort in use', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const file = configFile(`dataDir=${scratchPath('d')}`, `clientPort=${port}`, 'clientPortAddress=127.0.0.1');
    const { status, stderr } = await run(['server', file]);
    holder.close();
    expect(status).toBe(1);
    expect(stderr).toBe(`pinfold: clientPort=${port}: 127.0.0.1 port ${port} is in use by another process\n`);
  });

  it('ends with 1: an address that is not of this machine', async () => {
    const file = configFile(`dataDir=${scratchPath('d')}`, 'clientPort=0', 'clientPortAddress=192.0.2.1');
    const { status, stderr } = await run(['server', file]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^pinfold: clientPortAddress=192\.0\.2\.1: this is not an address of this machine\n$/);
  });

  function directories(layout: { snapshots?: string[]; logs?: string[] }): string[] {
    const [dataDir, dataLogDir] = [scratchPath('data'), scratchPath('logs')];
    for (const [directory, names] of [
      [dataDir, layout.snapshots],
      [dataLogDir, layout.logs],
    ] as const) {
      mkdirSync(`${directory}/version-2`, { recursive: true });
      for (const name of names ?? []) writeFileSync(`${directory}/version-2/${name}`, '');
    }
    return [`dataDir=${dataDir}`, `dataLogDir=${dataLogDir}`, 'clientPort=0'];
  }

  it.each([
    [
      'dataDir not writable (is a file)',
      () => [`dataDir=${configFile('')}`, 'clientPort=0'],
      /zoo\.cfg\/version-2: .*dataDir/,
    ],
    [
      'datadir.autocreate=false and no version-2 dir',
      () => [`dataDir=${scratchPath('d')}`, 'clientPort=0', 'datadir.autocreate=false'],
      /version-2: the directory does not exist/,
    ],
    ['snapshots in dataLogDir', () => directories({ logs: ['snapshot.0'] }), /the log directory has snapshot files/],
    [
      'txn logs in dataDir while dataLogDir differs',
      () => directories({ snapshots: ['log.1'] }),
      /the snapshot directory has log files/,
    ],
  ])('ends with 3: %s', async (_, lines, fault) => {
    const { status, stderr } = await run(['server', configFile(...lines())]);
    expect(status).toBe(3);
    expect(stderr).toMatch(fault);
    expect(stderr).toMatch(/^pinfold: [^\n]+\n$/);
  });

  it('ends with 3: a directory that another server uses', async () => {
    const dataDir = scratchPath('data');
    const first = new Command(['server', '0', dataDir]);
    await first.port();
    const { status, stderr } = await run(['server', '0', dataDir]);
    expect(status).toBe(3);
    expect(stderr).toMatch(/another pinfold server is using this directory/);
    first.kill('SIGTERM');
    expect((await first.ended).status).toBe(0);
  });

  it('ends with 1: log files but no snapshot', async () => {
    const dataDir = scratchPath('data');
    const recorded = fileURLToPath(new URL('../vectors/storage/log-without-snapshot/data.tar.gz', import.meta.url));
    for (const { name, isDirectory, content } of readTarGz(recorded)) {
      if (isDirectory) mkdirSync(join(dataDir, name), { recursive: true });
      else writeFileSync(join(dataDir, name), content);
    }
    const { status, stderr } = await run(['server', '0', dataDir]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/snapshot/);
  });
});
