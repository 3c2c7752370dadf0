import { describe, expect, it } from 'vitest';
import { sameTrees } from '../../../src/testing/sim/check/same-trees.js';
import { finalState, stat } from './history-builder.js';

const NODE = { data: 'a', stat: stat({ czxid: 5 }) };

describe('the trees of several servers', () => {
  it('may be one and the same', () => {
    const state = finalState({ '/data/a': NODE }, [1n]);
    expect(sameTrees([state, finalState({ '/data/a': NODE }, [1n]), state])).toEqual([]);
  });

  it.each([
    ['/data/a is a and b', finalState({ '/data/a': { ...NODE, data: 'b' } }, [1n])],
    ['/data/a is only at the first', finalState({}, [1n])],
    ['/data/a has version 0 and 1', finalState({ '/data/a': { ...NODE, stat: { ...NODE.stat, version: 1 } } }, [1n])],
    ['only the first knows session 0x1', finalState({ '/data/a': NODE })],
    ['only the second knows session 0x2', finalState({ '/data/a': NODE }, [1n, 2n])],
  ])('must not differ: %s', (why, other) => {
    const state = finalState({ '/data/a': NODE }, [1n]);
    expect(sameTrees([state, state, other]).map(({ message }) => message)).toEqual([`servers 1 and 3: ${why}`]);
  });
});
