import { describe, expect, it } from 'vitest';
import { SimulatedDisk } from '../../src/testing/sim/simulated-disk.js';
import { World } from '../../src/testing/sim/world.js';

const WEATHER = { latencyMinMs: 1, latencyMaxMs: 1, bandwidth: 1, windowBytes: 1, congestedBytes: 1 };

function simulatedDisk(reordersSectors: boolean): SimulatedDisk {
  const weather = { ...WEATHER, splitChance: 0, joinChance: 0, abruptChance: 0 };
  const { random, tally, outside, clock } = new World({ seed: 1, turnMs: 1, weather, observe: () => undefined });
  return new SimulatedDisk({ random, tally, outside, clock, syncMinMs: 1, syncMaxMs: 1, reordersSectors });
}

/** Loses power until what is left may look damaged. */
function damaged(disk: SimulatedDisk): boolean {
  for (let left = 50; left > 0 && !disk.mayLookDamaged; left--) disk.powerLost();
  return disk.mayLookDamaged;
}

describe('a simulated disk', () => {
  it('may look damaged after sectors arrived in any order, until a server has started on it', () => {
    const disk = simulatedDisk(true);
    expect(disk.mayLookDamaged).toBe(false);
    expect(damaged(disk)).toBe(true);
    disk.wasRead();
    expect(disk.mayLookDamaged).toBe(false);
    expect(damaged(disk)).toBe(true);
    expect(damaged(simulatedDisk(false))).toBe(false);
  });

  it('counts what it has failed', async () => {
    const disk = simulatedDisk(false);
    await disk.disk.create('file');
    disk.setFull(true);
    await expect(disk.disk.create('other')).rejects.toThrow('ENOSPC');
    expect(disk.failures).toBe(1);
  });
});
