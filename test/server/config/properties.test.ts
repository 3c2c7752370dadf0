import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/server/config/config-error.js';
import { decodeProperties, parseProperties } from '../../../src/server/config/properties.js';

const pairs = (text: string) => parseProperties(text, 'zoo.cfg').map(({ key, value }) => [key, value]);

describe('parseProperties', () => {
  it('separates key and value at =, at : and at a blank, whichever comes first', () => {
    expect(pairs('a=1\nb:2\nc 3\nd = 4\ne\t:\t5\nf==6\ng : = 7\nh\n')).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
      ['d', '4'],
      ['e', '5'],
      ['f', '=6'],
      ['g', '= 7'],
      ['h', ''],
    ]);
  });

  it('takes # and ! for a comment only where a line begins with them', () => {
    expect(pairs('# one\n! two\n   # three\n\na=1 # not a comment\nb!=2')).toEqual([
      ['a', '1 # not a comment'],
      ['b!', '2'],
    ]);
  });

  it('trims blanks around keys and values', () => {
    expect(pairs('  dataDir =  /var/lib/zk  \t\r\n\ttickTime=2000 ')).toEqual([
      ['dataDir', '/var/lib/zk'],
      ['tickTime', '2000'],
    ]);
  });

  it('joins continued lines without the blanks that begin them', () => {
    expect(pairs('a=1,\\\n    2,\\\n    # 3\nb=2\\\\\nc=3')).toEqual([
      ['a', '1,2,# 3'],
      ['b', '2\\'],
      ['c', '3'],
    ]);
  });

  it('does not continue a comment, nor fail on a backslash that ends the file', () => {
    expect(pairs('# comment \\\na=1\nb=2\\')).toEqual([
      ['a', '1'],
      ['b', '2'],
    ]);
  });

  it('resolves escapes, in keys too, and drops the backslash of any other character', () => {
    expect(pairs('a\\=b=x\\ty\nwin=C:\\\\zk\\\\data\nlost=C:\\zk\\data\nu=\\u00e4\\u20AC\nk\\u0061=v')).toEqual([
      ['a=b', 'x\ty'],
      ['win', 'C:\\zk\\data'],
      ['lost', 'C:zkdata'],
      ['u', 'ä€'],
      ['ka', 'v'],
    ]);
  });

  it('names file and line of a broken unicode escape', () => {
    const fault = () => parseProperties('a=1\ndir=C:\\users\\zk', 'zoo.cfg');
    expect(fault).toThrow(ConfigError);
    expect(fault).toThrow(/^zoo\.cfg line 2: \\user/);
  });

  it('keeps every entry with the line it begins on, repeated keys too', () => {
    expect(parseProperties('a=1\n\na=\\\n2\na=3', 'zoo.cfg')).toEqual([
      { key: 'a', value: '1', line: 1, lastLine: 1 },
      { key: 'a', value: '2', line: 3, lastLine: 4 },
      { key: 'a', value: '3', line: 5, lastLine: 5 },
    ]);
  });

  it('ends lines at any kind of line break', () => {
    expect(pairs('a=1\rb=2\r\nc=3\nd=4')).toHaveLength(4);
  });
});

describe('decodeProperties', () => {
  it('reads UTF-8, with or without a byte order mark', () => {
    expect(decodeProperties(Buffer.from('dir=/dätä/€', 'utf8'))).toBe('dir=/dätä/€');
    expect(decodeProperties(Buffer.from('\ufeffdir=/d', 'utf8'))).toBe('dir=/d');
  });

  it('reads ISO-8859-1 where the bytes are not UTF-8', () => {
    expect(decodeProperties(Buffer.from('dir=/dätä', 'latin1'))).toBe('dir=/dätä');
  });
});
