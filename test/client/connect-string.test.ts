import { describe, expect, it } from 'vitest';
import { formatServer, parseConnectString } from '../../src/client/connect-string.js';

const server = (host: string, port = 2181) => ({ host, port });

describe('a connect string', () => {
  it.each([
    ['localhost', [server('localhost')], ''],
    ['a:1,b,c:65535', [server('a', 1), server('b'), server('c', 65535)], ''],
    [' a:1 , b:2 ,, ', [server('a', 1), server('b', 2)], ''],
    ['[::1]:2182,[fe80::1%eth0]', [server('::1', 2182), server('fe80::1%eth0')], ''],
    ['a,b/app', [server('a'), server('b')], '/app'],
    ['a/app/one', [server('a')], '/app/one'],
    ['a/', [server('a')], ''],
    ['10.0.0.1:2181/x ', [server('10.0.0.1')], '/x'],
  ])('%j', (text, servers, chroot) => {
    expect(parseConnectString(text)).toEqual({ servers, chroot });
  });

  it.each([
    ['', 'it names no server'],
    [' , ', 'it names no server'],
    ['/app', 'it names no server'],
    ['a:b', 'port "b"'],
    ['a:', 'port ""'],
    ['a:0', 'port "0"'],
    ['a:65536', 'port "65536"'],
    [':2181', 'has no host'],
    ['::1', 'write an IPv6 address in brackets'],
    ['[::1', 'not an address in brackets'],
    ['[]:1', 'not an address in brackets'],
    ['[::1]x', 'text after the bracket'],
    ['a/b/', 'ends with /'],
    ['a//b', 'empty component'],
    ['a/../b', 'relative component'],
  ])('%j is refused', (text, reason) => {
    expect(() => parseConnectString(text)).toThrow(reason);
    expect(() => parseConnectString(text)).toThrow(`connect string "${text}"`);
  });

  it('is written back with brackets where they are needed', () => {
    expect(formatServer(server('a', 1))).toBe('a:1');
    expect(formatServer(server('::1', 2))).toBe('[::1]:2');
  });
});
