import { startStandaloneServer } from '../../server/runtime/standalone-server.js';
import { answerTap } from './answer-guard.js';
import { DurableLog } from './durable-log.js';
import type { Violate } from './fleet.js';
import { Fleet } from './fleet.js';
import type { Plan } from './plan.js';
import type { SeededRandom } from './seeded-random.js';
import { ServerHost } from './server-host.js';
import type { SettingsOfAll } from './server-settings.js';
import { DATA_DIR, drawnSettings, serverConfig } from './server-settings.js';
import { SimulatedDisk } from './simulated-disk.js';
import type { World } from './world.js';

export interface FleetNeeds {
  readonly world: World;
  readonly plan: { readonly disk: Plan['disk']; readonly clockDrift: Pick<Plan['clockDrift'], 'server'> };
  readonly random: SeededRandom;
  /** By default chance decides. */
  readonly settings?: SettingsOfAll;
  readonly violated: Violate;
}

/** One server that knows of no others. */
export function loneFleet({ world, plan, random, violated, settings }: FleetNeeds): Fleet {
  const { tally, outside } = world;
  const disk = new SimulatedDisk({ ...plan.disk, random: random.fork('disk'), tally, outside, clock: world.clock });
  const durable = new DurableLog(disk.disk, `${DATA_DIR}/version-2`);
  disk.onUnlink = (path) => durable.beforeUnlink(path);
  const member = { sid: 1, address: 'server' };
  const { common, own } = settings ?? drawnSettings(random);
  const tap = answerTap(durable, (message) => {
    violated('durable before told', `the server ${message} (at ${world.clock.nowMs} ms)`);
  });
  const host = new ServerHost({
    world,
    ...member,
    clockRate: plan.clockDrift.server(1),
    config: serverConfig(member, { ...common, ...own(1) }),
    start: startStandaloneServer,
    disk,
    supervisor: {
      born: () => tap,
      recovered: (zxid) => durable.recovered(zxid),
      powerLost: () => durable.powerLost(),
    },
    violated,
  });
  return new Fleet({ hosts: [host] });
}
