import { describe, expect, it } from 'vitest';
import { Device, entry, zxid } from '../support/device.js';

describe('what the device of one of several servers holds', () => {
  it('is what was synced, in one piece', async () => {
    const device = new Device();
    await device.log('log.1', [entry(1), entry(2)], 'written');
    expect([device.history.holds(1), device.history.lastZxid]).toEqual([false, 0]);
    await device.log('log.1', []);
    expect([device.history.holds(2), device.history.lastZxid]).toEqual([true, 2]);
    await device.log('log.4', [entry(4)]);
    expect([device.history.holds(4), device.history.lastZxid]).toEqual([false, 2]);
  });

  it('goes on with the first transaction of a later epoch', async () => {
    const device = new Device();
    await device.log('log.100000001', [entry(zxid(1, 1)), entry(zxid(1, 2))]);
    await device.log('log.300000001', [entry(zxid(3, 1))]);
    expect(device.history.lastZxid).toBe(zxid(3, 1));
    await device.log('log.400000002', [entry(zxid(4, 2))]);
    expect(device.history.lastZxid).toBe(zxid(3, 1));
  });

  it('grows and shrinks, file by file', async () => {
    const device = new Device();
    await device.log('log.1', [entry(1), entry(2)]);
    await device.log('log.3', [entry(3)]);
    expect(device.history.holds(3)).toBe(true);
    await device.disk.unlink('/disk/version-2/log.3');
    await device.disk.syncDirectory('/disk/version-2');
    await device.cut('log.1', 1);
    expect([1, 2, 3].map((z) => device.history.holds(z))).toEqual([true, false, false]);
    await device.log(`log.${zxid(1, 1).toString(16)}`, [entry(zxid(1, 1))]);
    expect([device.history.holds(zxid(1, 1)), device.history.lastZxid]).toEqual([true, zxid(1, 1)]);
    expect(device.broken).toEqual([]);
  });

  it('begins with the newest snapshot', async () => {
    const device = new Device();
    await device.write('snapshot.5', 'five');
    await device.log('log.6', [entry(6)]);
    expect([device.history.holds(4), device.history.holds(6), device.history.lastZxid]).toEqual([true, true, 6]);
    await device.write('snapshot.9', 'nine');
    expect(device.history.lastZxid).toBe(9);
  });

  it('takes the beginning of an epoch for its entering', async () => {
    const device = new Device();
    expect(device.history.currentEpoch).toBe(-1);
    await device.epochs(3, 2);
    expect([device.history.acceptedEpoch, device.history.currentEpoch]).toEqual([3, 2]);
    expect([device.history.holds(zxid(2, 0)), device.history.holds(zxid(3, 0))]).toEqual([true, false]);
  });

  it('never goes back, and has one transaction a zxid', async () => {
    const device = new Device();
    await device.log('log.1', [entry(1), entry(2), entry(2, { time: 7 })]);
    device.history.refresh();
    expect(device.broken).toEqual([
      'zxids grow: /disk/version-2/log.1 of server 1 has (0,2) behind (0,2)',
      'one zxid, one transaction: (0,2) is another one on the device of server 1 than it was elsewhere',
    ]);
  });
});
