import { startServer } from '../../../server/runtime/start-server.js';
import { answerTap } from '../answer-guard.js';
import { Fleet } from '../fleet.js';
import type { FleetNeeds } from '../lone-fleet.js';
import { ServerHost } from '../server-host.js';
import type { StartServer, Supervisor } from '../server-host.js';
import type { Member, Settings, SettingsOfAll } from '../server-settings.js';
import { CLIENT_PORT, configText, DATA_DIR, drawnSettings, serverConfig } from '../server-settings.js';
import { SimulatedDisk } from '../simulated-disk.js';
import { DeviceHistory } from './device-history.js';
import type { EnsemblePlan } from './ensemble-plan.js';
import { LeaderWatch } from './leader-watch.js';
import { Leadership } from './leadership.js';
import { LearnerWatch } from './learner-watch.js';
import { MemberConfig } from './member-config.js';
import { Operator } from './operator.js';
import { QuorumGround } from './quorum-ground.js';
import { SameStates } from './same-states.js';
import { TxnBook } from './txn-book.js';
import { beginningOf } from './zxids.js';

const QUORUM_PORT = 2888;
const ELECTION_PORT = 3888;

/** An ensemble, and what judges it as a whole. */
export function ensembleFleet(needs: FleetNeeds, plan: EnsemblePlan): Fleet {
  return new EnsembleMaker(needs, plan).make();
}

class EnsembleMaker {
  private readonly needs: FleetNeeds;
  private readonly plan: EnsemblePlan;
  private readonly book: TxnBook;
  private readonly devices = new Map<number, DeviceHistory>();
  private readonly hosts = new Map<number, ServerHost>();
  private readonly ground: QuorumGround;
  /** Who sent NEWLEADER of each epoch. */
  private readonly leaders = new Map<number, number>();
  private leader: number | null = null;

  constructor(needs: FleetNeeds, plan: EnsemblePlan) {
    this.needs = needs;
    this.plan = plan;
    this.book = new TxnBook(this.violated);
    this.ground = new QuorumGround({ electorate: plan, devices: this.devices, book: this.book });
  }

  make(): Fleet {
    const { participants, observers } = this.plan;
    const { random, settings = drawnSettings(random) } = this.needs;
    const sids = [...participants, ...observers];
    for (const sid of sids) this.add(sid, settings);
    const states = new SameStates({ isSafe: (zxid) => this.ground.holds(zxid), violated: this.violated });
    const hosts = [...this.hosts.values()];
    return new Fleet({
      hosts,
      voters: () => this.ground.electorate.participants,
      ...(this.plan.isChanged ? { operator: this.operator(sids) } : {}),
      leader: () => (this.leader === null ? null : (this.hosts.get(this.leader) ?? null)),
      look: () => hosts.forEach((host) => states.see(host)),
    });
  }

  /** A promise was broken: when is told by the world's clock. */
  private readonly violated = (rule: string, message: string): void => {
    const { world, violated } = this.needs;
    violated(rule, `${message} (at ${world.clock.nowMs.toFixed(2)} ms)`);
  };

  private add(sid: number, settings: SettingsOfAll): void {
    const { world, plan, random, violated } = this.needs;
    const { tally, outside } = world;
    const member = { sid, address: addressOf(sid) };
    const disk = new SimulatedDisk({
      ...plan.disk,
      random: random.fork(`disk of ${sid}`),
      tally,
      outside,
      clock: world.clock,
    });
    const directory = `${DATA_DIR}/version-2`;
    const { book } = this;
    const device = new DeviceHistory({
      disk: disk.disk,
      isUnchangedSince: (step) => disk.changedAtStep < step,
      step: () => world.clock.stepCount,
      directory,
      book,
      name: member.address,
      violated: this.violated,
    });
    this.devices.set(sid, device);
    // What is deleted was there: whoever reads the device later would not know.
    disk.onUnlink = () => device.refresh();
    const host = new ServerHost({
      world,
      ...member,
      clockRate: plan.clockDrift.server(sid),
      config: serverConfig(member, this.settingsOf(settings, sid)),
      start: this.plan.isChanged ? this.startAsMember(member, disk, settings) : startServer,
      disk,
      supervisor: this.supervisorOf(sid, member.address, device),
      violated,
    });
    this.hosts.set(sid, host);
  }

  private supervisorOf(sid: number, name: string, device: DeviceHistory): Supervisor {
    const { book, ground, leaders, violated } = this;
    const count = (what: string): void => this.needs.world.tally.count(what);
    const forClients = answerTap(ground, (message) => violated('durable before told', `${name} ${message}`));
    const common = { name, device, book, count, violated };
    const established = (epoch: number): void => {
      this.leader = sid;
      const { recorder } = this.needs.world;
      recorder.record({ kind: 'server', server: sid, state: 'leads', lastZxid: beginningOf(epoch) });
    };
    return {
      born: () => {
        const leadership = new Leadership({ ...common, sid, ground, leaders, established });
        return ({ port, isAccepted }) => {
          if (port === CLIENT_PORT) return forClients();
          if (port !== QUORUM_PORT) return null;
          return isAccepted ? new LeaderWatch(leadership) : new LearnerWatch(common);
        };
      },
      recovered: () => device.checkEpochs(),
      powerLost: () => device.checkEpochs(),
    };
  }

  private settingsOf({ common, own }: SettingsOfAll, sid: number, members: Members = this.plan): Settings {
    return { ...common, ...this.membership(members), ...own(sid) };
  }

  /** With a configuration on its disk, which it changes itself. */
  private startAsMember({ sid, address }: Member, { disk }: SimulatedDisk, settings: SettingsOfAll): StartServer {
    const textOf = (members: Members): string => configText(address, this.settingsOf(settings, sid, members));
    const config = new MemberConfig({
      disk,
      sid,
      first: textOf(this.plan),
      joining: () => {
        const { participants } = this.ground.electorate;
        return textOf({ participants, observers: participants.includes(sid) ? [] : [sid] });
      },
    });
    return async (_, deps) => startServer(await config.load(), deps);
  }

  private operator(sids: readonly number[]): Operator {
    const { world, random, violated } = this.needs;
    return new Operator({
      world,
      random: random.fork('operator'),
      connectString: [...this.hosts.values()].map(({ connectString }) => connectString).join(),
      sids,
      electorate: () => this.ground.electorate,
      line: (sid, role) => `server.${sid}=${quorumAddressOf(sid)}:${role};${addressOf(sid)}:${CLIENT_PORT}`,
      violated,
    });
  }

  private membership({ participants, observers }: Members): Settings {
    const { groups, weights, initLimit, syncLimit, isChanged } = this.plan;
    const line = (sid: number, role: string): [string, string] => [`server.${sid}`, `${quorumAddressOf(sid)}:${role}`];
    return {
      ...Object.fromEntries(participants.map((sid) => line(sid, 'participant'))),
      ...Object.fromEntries(observers.map((sid) => line(sid, 'observer'))),
      ...Object.fromEntries(groups.map((group, at) => [`group.${at + 1}`, group.join(':')])),
      ...Object.fromEntries([...weights].map(([sid, weight]) => [`weight.${sid}`, weight])),
      // Anybody may change the members.
      ...(isChanged ? { reconfigEnabled: true, skipACL: 'yes' } : {}),
      initLimit,
      syncLimit,
    };
  }
}

type Members = Pick<EnsemblePlan, 'participants' | 'observers'>;

function quorumAddressOf(sid: number): string {
  return `${addressOf(sid)}:${QUORUM_PORT}:${ELECTION_PORT}`;
}

function addressOf(sid: number): string {
  return `server${sid}`;
}
