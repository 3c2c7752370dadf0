import { describe, expect, it } from 'vitest';
import { startFailure } from '../../src/cli/start-failure.js';
import { ConfigError } from '../../src/server/config/config-error.js';
import { parseServerConfig } from '../../src/server/config/parse-server-config.js';
import { StorageError } from '../../src/server/storage/storage-error.js';
import type { StorageErrorCode } from '../../src/server/storage/storage-error.js';

const text = 'dataDir=/d\nclientPort=80\nsecureClientPort=443\nssl.clientAuth=none\nssl.keyStore.location=k.pem';
const config = parseServerConfig({ kind: 'file', path: 'zoo.cfg', text }, { baseDir: '/' });
const portError = (code: string, port: number) =>
  Object.assign(new Error(`listen ${code}`), { code, port, address: '::', syscall: 'listen' });

describe('startFailure', () => {
  it('is 2 for a configuration', () => {
    const problem = { key: 'a', value: 'b', allowed: 'must be c', nearest: null, source: 'f', line: 1 };
    expect(startFailure(new ConfigError(problem), null)).toEqual({ status: 2, line: 'f line 1: a=b: must be c' });
  });

  it.each<[StorageErrorCode, number]>([
    ['DATA_DIR', 3],
    ['LOCKED', 3],
    ['CORRUPT', 1],
    ['INCOMPLETE', 1],
    ['LOG_FAILED', 10],
  ])('is, for storage that says %s, %i', (code, status) => {
    expect(startFailure(new StorageError({ code, what: 'w', file: '/f' }), config)).toEqual({ status, line: '/f: w' });
  });

  it.each([
    [portError('EADDRINUSE', 443), /^secureClientPort=443: :: port 443 is in use by another process$/],
    [portError('EACCES', 80), /^clientPort=80: this user may not listen on port 80 of ::$/],
    [portError('EADDRNOTAVAIL', 80), /^clientPortAddress=::: this is not an address of this machine$/],
    [
      Object.assign(new Error('no such name'), { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: 'nohost' }),
      /^clientPortAddress=nohost: this is not an address of this machine$/,
    ],
    [portError('EOTHER', 80), /^clientPort=80: cannot listen on ::: listen EOTHER$/],
  ])('is 1 for a port: %s', (error, line) => {
    const failure = startFailure(error, config);
    expect(failure?.status).toBe(1);
    expect(failure?.line).toMatch(line);
  });

  it.each([
    [portError('EADDRINUSE', 3888), /^server\.1=zk1:2888:3888: :: port 3888 is in use by another process$/],
    [portError('EADDRNOTAVAIL', 2888), /^server\.1=::: this is not an address of this machine$/],
    [
      Object.assign(new Error('no such name'), { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: 'zk1' }),
      /^server\.1=zk1: this is not an address of this machine$/,
    ],
    [portError('EADDRINUSE', 2181), /^clientPort=2181: /],
  ])('names the line of a member for a port between servers: %s', (error, line) => {
    const lines = ['dataDir=/d', 'clientPort=2181', 'initLimit=5', 'syncLimit=2', 'server.1=zk1:2888:3888'];
    const input = { kind: 'file', path: 'zoo.cfg', text: [...lines, 'server.2=zk2:2888:3888'].join('\n') } as const;
    const member = parseServerConfig(input, { baseDir: '/', readText: () => '1' });
    expect(startFailure(error, member)?.line).toMatch(line);
  });

  it('knows nothing of other errors', () => {
    expect(startFailure(new Error('bug'), config)).toBeNull();
    expect(startFailure(portError('EADDRINUSE', 80), null)).toBeNull();
  });
});
