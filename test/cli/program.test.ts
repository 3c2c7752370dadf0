import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PINFOLD_VERSION } from '../../src/server/words/version.js';
import { configFile, run, scratchPath } from './support/command.js';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

describe('pinfold', () => {
  it('--help tells the commands and shows examples', async () => {
    const { status, stdout } = await run(['--help']);
    expect(status).toBe(0);
    for (const command of ['server', 'ensemble', 'check-config', 'digest', 'tour', 'version'])
      expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    expect(stdout).toMatch(/Examples:\n {2}\$ pinfold /);
  });

  it('without arguments tells the same and ends with 2', async () => {
    const { status, stderr } = await run([]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^Usage: pinfold/);
  });

  it.each([
    [['serve'], /unknown command 'serve'\n\(Did you mean server\?\)/],
    [['server', '--sett', 'a=b', 'zoo.cfg'], /unknown option '--sett'\n\(Did you mean --set\?\)/],
    [['server', '--log-level', 'loud', 'zoo.cfg'], /Allowed choices are debug, info, warn, error, silent/],
    [['server', '--set', 'tickTime', '0', '/d'], /tickTime must have the form key=value/],
  ])('%j ends with 2 and says what is wrong', async (args, fault) => {
    const { status, stdout, stderr } = await run(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(fault);
  });

  it('server --help tells the exit statuses', async () => {
    const { status, stdout } = await run(['server', '--help']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/Other exit statuses: 1 .*2 .*\n3 .*10 /);
  });

  it('tells the version of the package', async () => {
    expect(PINFOLD_VERSION).toBe(manifest.version);
    expect((await run(['--version'])).stdout).toBe(`${manifest.version}\n`);
    expect((await run(['version'])).stdout).toMatch(/^pinfold .*\nZooKeeper 3\.9\.\d+-pinfold.*\nNode\.js v\d+/);
  });
});

describe('pinfold check-config', () => {
  it('prints every value with its source, and what has no effect', async () => {
    const file = configFile(
      'dataDir=/data',
      'clientPort=2181',
      'initLimit=10',
      'DigestAuthenticationProvider.superDigest=super:xQJmxLMiHGwaqBvst5y6rkB6HQs=',
    );
    const { status, stdout, stderr } = await run(['check-config', '--set', 'snapCount=7', file]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^clientPort +2181 +${file} line 2$`, 'm'));
    expect(stdout).toMatch(/^snapCount +7 +command line$/m);
    expect(stdout).toMatch(/^maxSessionTimeout +60000 +default: 20 x tickTime$/m);
    expect(stdout).toMatch(/^DigestAuthenticationProvider\.superDigest +\*{8} /m);
    expect(stdout).not.toContain('xQJmxLMiHGwaqBvst5y6rkB6HQs');
    expect(stdout).toMatch(/Set, and without effect:\ninitLimit +10 .*it matters only in an ensemble/);
  });

  it('explains an ensemble', async () => {
    const dataDir = scratchPath('data');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'myid'), '2\n');
    const file = configFile(
      `dataDir=${dataDir}`,
      'tickTime=2000',
      'initLimit=10',
      'syncLimit=5',
      'server.1=zk1:2888:3888;2181',
      'server.2=zk2:2888:3888;10.0.0.2:2181',
      'server.3=zk3:2888:3888;2181',
      'server.4=[2001:db8::4]:2888:3888:observer;2181',
      'reconfigEnabled=true',
    );
    const { status, stdout, stderr } = await run(['check-config', file]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^cnxTimeout +5000 +default$/m);
    expect(stdout.slice(stdout.indexOf('This is server'))).toBe(
      [
        'This is server 2 of an ensemble of 3 voters and 1 observer; it serves while 2 of the voters run and reach each other.',
        '  server.1  voter at zk1, ports 2888 and 3888, clients at 0.0.0.0:2181',
        '  server.2  voter at zk2, ports 2888 and 3888, clients at 10.0.0.2:2181 (this server)',
        '  server.3  voter at zk3, ports 2888 and 3888, clients at 0.0.0.0:2181',
        '  server.4  observer at [2001:db8::4], ports 2888 and 3888, clients at 0.0.0.0:2181',
        'A server has 20 s to find a leader and catch up (initLimit), and is given up after 10 s of silence (syncLimit).',
        `The members may be changed while it runs; they are then kept in ${file}.dynamic.<version>. Their version is 0.`,
        'Servers speak to each other without TLS.',
        '',
      ].join('\n'),
    );
  });

  it('prints all warnings, and all errors', async () => {
    const file = configFile('clientPort=x', 'tickTime=0', 'maxClientCnxn=3');
    const { status, stdout, stderr } = await run(['check-config', file]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      `warning: ${file} line 3: maxClientCnxn is not a known key (did you mean maxClientCnxns?); it is ignored`,
      `error: ${file} line 1: clientPort=x: must be a port number from 0 to 65535 (0 = any free port)`,
      `error: ${file} line 2: tickTime=0: must be a whole number of ms from 1 to 2147483647`,
      `error: ${file}: dataDir is not set; it must name a directory`,
    ]);
  });

  it('tries the key store', async () => {
    const file = configFile(
      'dataDir=/d',
      'secureClientPort=1',
      'ssl.clientAuth=none',
      'ssl.keyStore.location=/nowhere/k.pem',
    );
    const { status, stderr } = await run(['check-config', file]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: .*ssl\.keyStore\.location=\/nowhere\/k\.pem: this file is missing\n$/);
  });
});

describe('pinfold digest', () => {
  it('prints the id of a user, the password from standard input', async () => {
    const { status, stdout } = await run(['digest', 'super'], { input: 'admin\n' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'super:xQJmxLMiHGwaqBvst5y6rkB6HQs=\n' });
  });

  it('takes the algorithms a server can be set to', async () => {
    const { stdout } = await run(['digest', '--algorithm', 'SHA-256', 'bob'], { input: 'secret' });
    expect(stdout).toMatch(/^bob:[A-Za-z0-9+/]{43}=\n$/);
  });

  it('refuses what could not work', async () => {
    expect(await run(['digest', 'bob'])).toMatchObject({
      status: 2,
      stderr: 'pinfold: no password on standard input\n',
    });
    expect((await run(['digest', 'bob:secret'], { input: 'x' })).status).toBe(2);
  });
});
