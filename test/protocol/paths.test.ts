import { describe, expect, it } from 'vitest';
import { childOf, nameOf, parentOf, pathFault, sequenceSuffix } from '../../src/protocol/index.js';

describe('pathFault', () => {
  it.each(['/', '/a', '/a/b', '/...', '/..a', '/a..', '/.a', '/é/中', '/\uD7FF', '/\uF900', '/\uFFEF', '/ ', '/~'])(
    'lets %j pass',
    (path) => {
      expect(pathFault(path)).toBeNull();
    },
  );

  it.each([
    [null, 'the path is null'],
    [undefined as never, 'is undefined'],
    [{} as never, 'no text'],
    ['', 'the path is empty'],
    ['a', 'does not start with /'],
    ['/a/', 'ends with /'],
    ['//', 'ends with /'],
    ['//a', 'empty component'],
    ['/a//b', 'empty component'],
    ['/.', 'relative component'],
    ['/..', 'relative component'],
    ['/a/./b', 'relative component'],
    ['/a/../b', 'relative component'],
    ['/a\u0000', '0x0 at 2'],
    ['/\u001f', '0x1f at 1'],
    ['/\u007f', '0x7f at 1'],
    ['/\u009f', '0x9f at 1'],
    ['/\uD800', '0xd800 at 1'],
    ['/\u{1F600}', '0xd83d at 1'],
    ['/\uF8FF', '0xf8ff at 1'],
    ['/\uFFF0', '0xfff0 at 1'],
    ['/\uFFFF', '0xffff at 1'],
  ])('refuses %j and says why', (path, reason) => {
    expect(pathFault(path)).toContain(reason);
  });
});

describe('the parts of a path', () => {
  it.each([
    ['/a', '/', 'a'],
    ['/a/b', '/a', 'b'],
    ['/a/b/c', '/a/b', 'c'],
  ])('%s is below %s as %s', (path, parent, name) => {
    expect([parentOf(path), nameOf(path), childOf(parent, name)]).toEqual([parent, name, path]);
  });

  it('joins below the root under both of its names', () => {
    expect([childOf('/', 'a'), childOf('', 'a')]).toEqual(['/a', '/a']);
  });
});

describe('sequenceSuffix', () => {
  it.each([
    [0, '0000000000'],
    [7, '0000000007'],
    [2147483647, '2147483647'],
    [-1, '-000000001'],
    [-2147483647, '-2147483647'],
    [-2147483648, '-2147483648'],
  ])('prints %d as %s', (counter, suffix) => {
    expect(sequenceSuffix(counter)).toBe(suffix);
  });
});
