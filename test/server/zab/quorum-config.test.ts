import { describe, expect, it } from 'vitest';
import type { Zxid } from '../../../src/protocol/index.js';
import { QuorumConfig } from '../../../src/server/zab/quorum-config.js';
import { quorumFiles, readQuorumRows } from '../../vectors/support/quorum-rows.js';

const THREE = [1, 2, 3].map((sid) => `server.${sid}=10.0.0.${sid}:2888:3888:participant`);

function text(...lines: string[]): string {
  return lines.join('\n');
}

/** Every text of a configuration that a recorded server sent: notifications, NEWLEADER, reconfigurations. */
function recordedTexts(): Set<string> {
  const texts = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'config' && typeof inner === 'string') texts.add(inner);
      if (key === 'path' && inner === '/zookeeper/config' && 'data' in value) {
        texts.add(Buffer.from(String(value.data), 'hex').toString());
      }
      collect(inner);
    }
  };
  for (const scenario of quorumFiles()) for (const row of readQuorumRows(scenario)) collect(row.decoded);
  return texts;
}

describe('the text of a configuration', () => {
  it('comes back as every recorded server wrote it', () => {
    const texts = [...recordedTexts()];
    expect(texts.length).toBeGreaterThanOrEqual(8);
    for (const each of texts) expect(QuorumConfig.parse(each).format()).toBe(each);
  });

  it('says who is a member, where and as what', () => {
    const config = QuorumConfig.parse(
      text(
        'server.2=[::1]:2888:3888;2181',
        'server.10=b:1:2|a:1:2:observer;[::1]:2181;secure:2281',
        'server.3=c:1:2:participant;;2281',
        'version=100000003',
      ),
    );
    expect([...config.members.values()]).toEqual([
      {
        sid: 2,
        role: 'participant',
        addresses: [{ host: '::1', quorumPort: 2888, electionPort: 3888 }],
        client: { host: null, port: 2181 },
        secureClient: null,
      },
      {
        sid: 10,
        role: 'observer',
        addresses: [
          { host: 'b', quorumPort: 1, electionPort: 2 },
          { host: 'a', quorumPort: 1, electionPort: 2 },
        ],
        client: { host: '::1', port: 2181 },
        secureClient: { host: 'secure', port: 2281 },
      },
      {
        sid: 3,
        role: 'participant',
        addresses: [{ host: 'c', quorumPort: 1, electionPort: 2 }],
        client: null,
        secureClient: { host: null, port: 2281 },
      },
    ]);
    expect(config.version).toBe(0x1_0000_0003);
    expect([2, 3, 10, 11].map((sid) => [config.isParticipant(sid), config.isObserver(sid)])).toEqual([
      [true, false],
      [true, false],
      [false, true],
      [false, false],
    ]);
    expect(config.participants.map(({ sid }) => sid)).toEqual([2, 3]);
    const written = config.format();
    expect(written).toBe(
      text(
        'server.2=[::1]:2888:3888:participant;0.0.0.0:2181',
        'server.3=c:1:2:participant;;0.0.0.0:2281',
        'server.10=a:1:2|b:1:2:observer;[::1]:2181;secure:2281',
        'version=100000003',
      ),
    );
    expect(QuorumConfig.parse(written).format()).toBe(written);
  });

  it('is properties: any order, blanks, comments, escapes, and no version at all', () => {
    const config = QuorumConfig.parse(
      text('# a comment', '', ' server.2 = 10.0.0.2\\:2888\\:3888', 'server.1: 10.0.0.1:2888:3888', '!', THREE[2]!),
    );
    expect(config.format()).toBe(text(...THREE, 'version=0'));
  });

  it('goes into a dynamic file without its version, sorted by key', () => {
    const config = QuorumConfig.parse(text('server.10=a:1:2', 'server.9=b:1:2', 'version=5'));
    expect(config.formatFile()).toBe(text('server.10=a:1:2:participant', 'server.9=b:1:2:participant'));
  });

  it.each([
    ['', 'no server.N line of a participant'],
    ['server.1=a:1:2:observer', 'no server.N line of a participant'],
    ['server.1=a:1', 'server.1=a:1: must have the form'],
    ['server.1=a:1:2:leader', 'the role leader must be participant or observer'],
    ['server.x=a:1:2', 'server.x: x must be a whole number'],
    [text('server.1=a:1:2', 'server.1=b:1:2'), 'server.1=b:1:2: there is another line for it'],
    [text('server.1=a:1:2', 'version=0x1'), 'version=0x1: the version must be a hexadecimal zxid'],
    [text('server.1=a:1:2', 'tickTime=5'), 'tickTime=5: only server.N'],
    [text('server.1=a:1:2', 'weight.1=-1'), 'weight.1: -1 must be a whole number'],
    [text(...THREE, 'weight.1=1'), 'server.1: it is in no group'],
    [text(...THREE, 'group.1=1:2'), 'server.3: it is in no group'],
    [text(...THREE, 'group.1=1:2:3:4'), 'group.1: there is no server.4'],
    [text(...THREE, 'group.1=1:2:3', 'group.2=3'), 'group.2: server 3 is in group.1, too'],
    [text(...THREE, 'group.1=1:2:3', 'weight.4=1'), 'weight.4: there is no server.4'],
    [text(...THREE, 'group.1=1:2:3', 'weight.1=0', 'weight.2=0', 'weight.3=0'), 'are no quorum'],
  ])('is refused with a reason: %j', (bad, reason) => {
    expect(() => QuorumConfig.parse(bad)).toThrow(reason);
  });
});

describe('QuorumConfig', () => {
  it('decides by majority, or by groups and weights where there are some', () => {
    const flat = QuorumConfig.parse(text(...THREE));
    expect(flat.isHierarchical).toBe(false);
    expect(flat.verifier.containsQuorum(new Set([1, 3]))).toBe(true);
    const weighed = QuorumConfig.parse(text(...THREE, 'group.1=1:2:3', 'weight.3=0'));
    expect(weighed.isHierarchical).toBe(true);
    expect(weighed.verifier.containsQuorum(new Set([1, 3]))).toBe(false);
    expect(weighed.verifier.containsQuorum(new Set([1, 2]))).toBe(true);
    expect(weighed.format()).toBe(
      text(...THREE, 'group.1=1:2:3', 'weight.1=1', 'weight.2=1', 'weight.3=0', 'version=0'),
    );
  });

  it('is of the same substance when only the version differs', () => {
    const config = QuorumConfig.parse(text(...THREE));
    const newer = config.withVersion(0x2_0000_0000 as Zxid);
    expect(newer.version).toBe(0x2_0000_0000);
    expect(newer.sameSubstance(config)).toBe(true);
    for (const other of [
      text(THREE[0]!, THREE[1]!),
      text(...THREE.slice(0, 2), 'server.3=10.0.0.3:2888:3888:observer'),
      text(...THREE.slice(0, 2), 'server.3=10.0.0.3:2888:3888;2181'),
      text(...THREE, 'group.1=1:2:3'),
    ]) {
      expect(QuorumConfig.parse(other).sameSubstance(config)).toBe(false);
    }
    const all = QuorumConfig.parse(text(...THREE.slice(0, 2), 'server.3=10.0.0.3:2888:3888;0.0.0.0:2181'));
    const port = QuorumConfig.parse(text(...THREE.slice(0, 2), 'server.3=10.0.0.3:2888:3888;2181'));
    expect(all.sameSubstance(port)).toBe(true);
  });

  it('is made of members', () => {
    const config = QuorumConfig.parse(text(...THREE));
    expect(QuorumConfig.of(config.members.values(), config.version).format()).toBe(config.format());
    expect(() => QuorumConfig.of([], config.version)).toThrow('participant');
  });
});
