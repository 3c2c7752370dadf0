import { describe, expect, it } from 'vitest';
import { serverLogger } from '../../src/testing/sim/server-words.js';
import { Tally } from '../../src/testing/sim/tally.js';

function listened(hasDiskFailed: boolean) {
  const tally = new Tally();
  const alarms: string[] = [];
  const logger = serverLogger({ tally, hasDiskFailed: () => hasDiskFailed, alarmed: (text) => alarms.push(text) });
  return { tally, alarms, logger };
}

describe('what a simulated server says', () => {
  it('is an alarm when it warns of damage, or of anything nobody expects', () => {
    const { alarms, logger } = listened(true);
    const warnings = [
      'the data differ from those of the server that wrote them: transaction 0x5 records tree digest 0x1',
      'the data were inconsistent: 1 ephemeral nodes of sessions that do not exist were removed',
      'a snapshot cannot be used, trying the one before it: it is cut short',
    ];
    for (const text of warnings) logger.warn(text);
    logger.error('A four-letter word could not be answered');
    expect(alarms).toEqual([...warnings, 'A four-letter word could not be answered']);
  });

  it('is none when a crash or a slow disk explains it', () => {
    const { alarms, logger, tally } = listened(false);
    logger.warn('log.1 ends with a record that a crash cut off at byte 60; it was never acknowledged');
    logger.warn('fsync-ing the write ahead log took 1200 ms');
    logger.info('Snapshotting: written');
    expect(alarms).toEqual([]);
    expect([tally.of('torn end of the log cut off'), tally.of('snapshot written')]).toEqual([1, 1]);
  });

  it('may tell of failures only when the disk has failed', () => {
    for (const hasDiskFailed of [true, false]) {
      const { alarms, logger } = listened(hasDiskFailed);
      logger.error('Severe unrecoverable error: log.1: EIO');
      expect(alarms).toHaveLength(hasDiskFailed ? 0 : 1);
    }
  });
});
