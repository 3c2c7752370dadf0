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

  it('have the same members, and those who vote by what the devices have', () => {
    const lines = [
      'server.2=b:2888:3888:participant;b:2181',
      'server.1=a:2888:3888:participant',
      'server.3=c:1:2:observer',
    ];
    const state = { ...finalState({}, []), config: [...lines, 'version=100000003'].join('\n') };
    expect(sameTrees([state, state], [1, 2])).toEqual([]);
    expect(sameTrees([state, { ...state, config: null }])).toHaveLength(1);
    expect(sameTrees([state, state], [1, 2, 3]).map(({ message }) => message)).toEqual([
      'the servers say that 1,2 vote, and by their devices 1,2,3 do',
    ]);
  });
});
