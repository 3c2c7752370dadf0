import { describe, expect, it } from 'vitest';
import { PacketType, packetTypeName } from '../../../src/protocol/quorum/packet-type.js';
import { epochOf, type Zxid } from '../../../src/protocol/zxid.js';
import { CommittedLog } from '../../../src/server/zab/committed-log.js';
import type { Entry } from '../../../src/server/zab/entry.js';
import { planSync, type SyncInputs } from '../../../src/server/zab/sync-plan.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { entries, zxid, zxidText } from './support/packets.js';

/** Epochs 1 and 3; nothing came of epoch 2. */
const history = entries({ 1: 5, 3: 4 });

interface Place {
  readonly of?: readonly Entry[];
  /** How much of it is in memory. */
  readonly inMemory?: number;
  readonly last?: string;
  readonly older?: readonly Entry[] | null;
}

function plan(peer: string, { of = history, inMemory = of.length, last, older }: Place = {}): string {
  const log = new CommittedLog({ entriesMax: Math.max(inMemory, 1), bytesMax: 10_000 });
  if (inMemory > 0) log.reset(of);
  const lastTxn = of.at(-1)?.zxid ?? zxid('0.0');
  const inputs: SyncInputs = { peer: at(peer), last: last === undefined ? lastTxn : zxid(last), lastTxn, log, older };
  const made = planSync(inputs);
  if (made.type === 'read-log') return `read ${zxidText(made.after)}..${zxidText(made.upTo)}`;
  const sent = made.entries.map((each) => ` ${zxidText(each.zxid)}`).join('');
  return `${packetTypeName(made.type)} ${zxidText(made.zxid)}:${sent} -> ${zxidText(made.position)}`;
}

function at(text: string): Zxid {
  return text === '-' ? (-1 as Zxid) : zxid(text);
}

describe('a learner', () => {
  it.each([
    ['that lacks nothing gets an empty DIFF', '3.4', {}, 'DIFF 3.4: -> 3.4'],
    ['that lacks the last ones gets them', '3.2', {}, 'DIFF 3.4: 3.3 3.4 -> 3.4'],
    ['that lacks an epoch gets it', '1.4', {}, 'DIFF 3.4: 1.5 3.1 3.2 3.3 3.4 -> 3.4'],
    ['with more in this epoch is cut', '3.6', {}, 'TRUNC 3.4: -> 3.4'],
    ['with more of a later epoch is not cut across epochs', '4.2', {}, 'SNAP 3.4: -> 3.4'],
    ['with something of an epoch that came to nothing is not cut across epochs', '2.3', {}, 'SNAP 3.4: -> 3.4'],
    ['with more of an old epoch than was known to later ones is not cut across epochs', '1.7', {}, 'SNAP 3.4: -> 3.4'],
    ['that is at the beginning of an epoch gets what follows it', '3.0', {}, 'DIFF 3.4: 3.1 3.2 3.3 3.4 -> 3.4'],
    ['the same where nothing came of the epoch', '2.0', {}, 'DIFF 3.4: 3.1 3.2 3.3 3.4 -> 3.4'],
    ['at the beginning of an epoch that is not known gets a snapshot', '5.0', {}, 'SNAP 3.4: -> 3.4'],
    ['that does not know its history gets a snapshot', '-', {}, 'SNAP 3.4: -> 3.4'],
    ['in sync with a new epoch gets an empty DIFF', '4.0', { last: '4.0' }, 'DIFF 4.0: -> 4.0'],
    ['in sync with what came before the new epoch, too', '3.4', { last: '4.0' }, 'DIFF 3.4: -> 3.4'],
    ['cut before the first of a new epoch is cut to the old one', '3.6', { last: '4.0' }, 'TRUNC 3.4: -> 3.4'],
    [
      'with something of the new epoch before anything was committed in it is not cut across epochs',
      '4.2',
      { last: '4.0' },
      'SNAP 4.0: -> 4.0',
    ],
    ['of an empty ensemble gets an empty DIFF', '0.0', { of: [] }, 'DIFF 0.0: -> 0.0'],
    ['of an empty ensemble with an epoch gets an empty DIFF', '0.0', { of: [], last: '1.0' }, 'DIFF 0.0: -> 0.0'],
    [
      'with something that an empty ensemble does not know gets a snapshot',
      '1.2',
      { of: [], last: '2.0' },
      'SNAP 2.0: -> 2.0',
    ],
  ] as const)('%s', (_, peer, place, expected) => {
    expect(plan(peer, place)).toBe(expected);
  });
});

describe('a learner from before what is in memory', () => {
  const place = { inMemory: 3 };

  it('has the files read first', () => {
    expect(plan('1.2', place)).toBe('read 1.2..3.4');
    expect(plan('0.0', place)).toBe('read 0.0..3.4');
    expect(plan('3.2', place)).toBe('DIFF 3.4: 3.3 3.4 -> 3.4');
  });

  it('gets what was read, and what has been committed since', () => {
    expect(plan('1.4', { ...place, older: history.slice(4, 8) })).toBe('DIFF 3.4: 1.5 3.1 3.2 3.3 3.4 -> 3.4');
    expect(plan('1.4', { ...place, older: history.slice(4, 7) })).toBe('DIFF 3.4: 1.5 3.1 3.2 3.3 3.4 -> 3.4');
  });

  it('gets a snapshot when the files do not have it', () => {
    expect(plan('1.2', { ...place, older: null })).toBe('SNAP 3.4: -> 3.4');
    expect(plan('1.2', { ...place, older: [] })).toBe('SNAP 3.4: -> 3.4');
  });

  it('gets a snapshot when memory has moved on past what was read (ZOOKEEPER-2418)', () => {
    expect(plan('1.4', { ...place, older: history.slice(4, 6) })).toBe('SNAP 3.4: -> 3.4');
  });
});

describe('whatever a learner has', () => {
  it('it has the history in the end, without a gap, and is cut within an epoch only (4.6, 4.9)', () => {
    const random = new SeededRandom(7);
    for (let round = 0; round < 3000; round++) {
      const of = entries({ 1: random.below(4), 2: random.below(3), 4: random.below(4) });
      const inMemory = random.below(of.length + 1);
      const log = new CommittedLog({ entriesMax: Math.max(inMemory, 1), bytesMax: 10_000 });
      log.reset(of);
      const lastTxn = of.at(-1)?.zxid ?? zxid('0.0');
      const peer = zxid(`${random.below(6)}.${random.below(5)}`);
      const inputs = { peer, lastTxn, log, last: random.chance(0.3) ? zxid('5.0') : lastTxn };
      let made = planSync(inputs);
      if (made.type === 'read-log') {
        const { after } = made;
        const isThere = after === 0 || of.some((each) => each.zxid === after);
        made = planSync({ ...inputs, older: isThere ? of.filter((each) => each.zxid > after) : null });
      }
      if (made.type === 'read-log') throw new Error('read again');
      if (made.type === PacketType.SNAP) {
        expect(made).toMatchObject({ zxid: inputs.last, position: inputs.last, entries: [] });
        continue;
      }
      if (made.type === PacketType.TRUNC) {
        expect(epochOf(made.zxid)).toBe(epochOf(peer));
        expect(of.some((each) => each.zxid === made.zxid)).toBe(true);
      }
      const kept = made.type === PacketType.TRUNC ? made.zxid : peer;
      expect(made.entries).toEqual(of.filter((each) => each.zxid > kept));
    }
  });
});
