import { ensembleFleet } from './ensemble/ensemble-fleet.js';
import type { Fleet, Violate } from './fleet.js';
import { loneFleet } from './lone-fleet.js';
import type { World } from './world.js';

export interface CalmEnsembleOptions {
  readonly world: World;
  readonly servers: number;
  readonly tickTimeMs: number;
  readonly violated: Violate;
}

/** Ticks: of three servers nobody waits for long. */
const INIT_LIMIT = 10;
const SYNC_LIMIT = 5;
const SESSION_TIMEOUT_MAX_MS = 600_000;

/** Servers with settings as they are in life, on good disks, for programs that bring their own trouble. */
export function calmEnsemble({ world, servers, tickTimeMs, violated }: CalmEnsembleOptions): Fleet {
  const needs = {
    world,
    random: world.random.fork('servers'),
    plan: {
      disk: { syncMinMs: 0.1, syncMaxMs: 2, reordersSectors: false },
      clockDrift: { server: () => 1 },
    },
    settings: {
      common: { tickTime: tickTimeMs, maxSessionTimeout: SESSION_TIMEOUT_MAX_MS, extendedTypesEnabled: true },
      own: () => ({ maxClientCnxns: 0, preAllocSize: 64 }),
    },
    violated,
  };
  if (servers === 1) return loneFleet(needs);
  const participants = Array.from({ length: servers }, (_, index) => index + 1);
  const electorate = { participants, observers: [], groups: [], weights: new Map<number, number>() };
  return ensembleFleet(needs, { ...electorate, initLimit: INIT_LIMIT, syncLimit: SYNC_LIMIT, isChanged: false });
}
