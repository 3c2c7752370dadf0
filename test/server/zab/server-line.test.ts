import { describe, expect, it } from 'vitest';
import { parseServerLine } from '../../../src/server/zab/server-line.js';

const member = { host: 'zk1', quorumPort: 2888, electionPort: 3888 };
const plain = { addresses: [member], role: 'participant', client: null, secureClient: null };

describe('parseServerLine', () => {
  it.each([
    ['zk1:2888:3888', plain],
    ['zk1:2888:3888:observer', { ...plain, role: 'observer' }],
    ['zk1:2888:3888:PARTICIPANT', plain],
    ['zk1:2888:3888;2181', { ...plain, client: { host: null, port: 2181 } }],
    ['zk1:2888:3888:participant;10.0.0.5:2181', { ...plain, client: { host: '10.0.0.5', port: 2181 } }],
    [
      '[2001:db8::1]:2888:3888;[::]:2181',
      { ...plain, addresses: [{ ...member, host: '2001:db8::1' }], client: { host: '::', port: 2181 } },
    ],
    [
      '10.0.0.1:2888:3888|172.16.0.1:2889:3889:observer;2181',
      {
        addresses: [
          { ...member, host: '10.0.0.1' },
          { host: '172.16.0.1', quorumPort: 2889, electionPort: 3889 },
        ],
        role: 'observer',
        client: { host: null, port: 2181 },
        secureClient: null,
      },
    ],
    [
      'zk1:2888:3888;2181;2281',
      { ...plain, client: { host: null, port: 2181 }, secureClient: { host: null, port: 2281 } },
    ],
    ['zk1:2888:3888;;2281', { ...plain, secureClient: { host: null, port: 2281 } }],
  ])('reads %s', (text, line) => {
    expect(parseServerLine(text)).toEqual(line);
  });

  it.each([
    ['zk1:2888', /must have the form/],
    ['zk1:2888:3888:voter', /voter must be participant or observer/],
    ['zk1:2888:3888;xyz', /client part xyz/],
    ['zk1:2888:2888', /must differ/],
    ['zk1:0:3888', /quorum port 0/],
    ['zk1:2888:70000', /election port 70000/],
    [':2888:3888', /must have the form/],
    ['', /must have the form/],
    ['a:1:2;3;4;5', /must have the form/],
  ])('says what is wrong with %s', (text, fault) => {
    expect(parseServerLine(text)).toMatch(fault);
  });
});
