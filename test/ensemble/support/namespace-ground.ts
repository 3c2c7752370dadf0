import { execFileSync } from 'node:child_process';
import { TrackedProcess, type SpawnOptions } from '../../support/tracked-process.js';
import type { Address, Ground, Place } from './ground.js';
import { CLIENTS } from './ground.js';

const PORTS = { client: 2181, quorum: 2888, election: 3888 };
/** Of the range for tests of networks (RFC 2544): a run takes one of the 256 networks 198.18.n.0/24. */
const NETWORKS = 256;
const CLIENTS_HOST = 254;
const HUB = -1;
const STOP_GRACE_MS = 2_000;

/**
 * Each server in a network namespace of its own, joined by a bridge in another one. The namespaces have no names: each lives as
 * long as the process that holds it, which ends with the test process, and everything in it goes with it.
 */
export class NamespaceGround implements Ground {
  readonly kind = 'namespaces';
  /** A connection cannot be broken from outside. */
  readonly reset = null;
  private readonly network: number;
  private readonly holders: ReadonlyMap<Place, TrackedProcess>;
  private readonly silenced: [from: Place, to: Place][] = [];

  private constructor(network: number, holders: ReadonlyMap<Place, TrackedProcess>) {
    this.network = network;
    this.holders = holders;
  }

  /** Null where this user may not make network namespaces, or lacks the commands for it. */
  static async lay(servers: readonly Place[]): Promise<NamespaceGround | null> {
    if (!isAllowed()) return null;
    const holders = new Map<Place, TrackedProcess>();
    for (const place of [HUB, ...servers]) {
      const holder = new TrackedProcess({ command: 'unshare', args: ['--net', 'sh', '-c', 'echo here; exec cat'] });
      await holder.line((line) => line === 'here', { timeoutMs: 10_000 });
      holders.set(place, holder);
    }
    const ground = new NamespaceGround(joinNetwork(holders), holders);
    for (const server of servers) ground.attach(server);
    for (const [from, to] of ground.pairs()) ground.point(from, to, hardwareAddress(to));
    return ground;
  }

  address(server: Place): Address {
    return { host: this.hostOf(server), ...PORTS };
  }

  placed(server: Place, { command, args, ...more }: SpawnOptions): SpawnOptions {
    return { ...more, command: 'nsenter', args: [...this.inside(server), command, ...args] };
  }

  /** Frames go to where nobody is. */
  async silence(from: Place, to: Place): Promise<void> {
    this.silenced.push([from, to]);
    this.point(from, to, NOBODY);
  }

  async heal(): Promise<void> {
    for (const [from, to] of this.silenced.splice(0)) this.point(from, to, hardwareAddress(to));
  }

  async close(): Promise<void> {
    for (const holder of this.holders.values()) {
      holder.endInput();
      await holder.stop('SIGTERM', STOP_GRACE_MS);
    }
  }

  private attach(server: Place): void {
    const port = `to${server}`;
    const pid = String(this.holder(server).pid);
    const hardware = ['address', hardwareAddress(server)];
    this.ip(HUB, 'link', 'add', port, 'type', 'veth', 'peer', 'name', DEVICE, ...hardware, 'netns', pid);
    this.ip(HUB, 'link', 'set', port, 'master', 'hub', 'up');
    this.ip(server, 'link', 'set', 'lo', 'up');
    this.ip(server, 'address', 'add', `${this.hostOf(server)}/24`, 'dev', DEVICE);
    this.ip(server, 'link', 'set', DEVICE, 'up');
  }

  private point(from: Place, to: Place, hardware: string): void {
    const device = from === CLIENTS ? clientsDevice(this.network) : DEVICE;
    this.ip(from, 'neigh', 'replace', this.hostOf(to), 'lladdr', hardware, 'nud', 'permanent', 'dev', device);
  }

  private *pairs(): Generator<[from: Place, to: Place]> {
    const places = [...this.holders.keys()].filter((place) => place !== HUB).concat(CLIENTS);
    for (const from of places) for (const to of places) if (from !== to) yield [from, to];
  }

  private hostOf(place: Place): string {
    return `198.18.${this.network}.${place === CLIENTS ? CLIENTS_HOST : place}`;
  }

  private ip(place: Place, ...args: readonly string[]): void {
    if (place === CLIENTS) run('ip', args);
    else run('nsenter', [...this.inside(place), 'ip', ...args]);
  }

  private inside(place: Place): string[] {
    return [`--net=/proc/${this.holder(place).pid}/ns/net`];
  }

  private holder(place: Place): TrackedProcess {
    const holder = this.holders.get(place);
    if (holder === undefined) throw new RangeError(`nobody lives at ${place}`);
    return holder;
  }
}

const DEVICE = 'eth0';
const NOBODY = '02:00:00:00:ff:ff';

function clientsDevice(network: number): string {
  return `pinfold${network}`;
}

function hardwareAddress(place: Place): string {
  return `02:00:00:00:00:${(place === CLIENTS ? CLIENTS_HOST : place).toString(16).padStart(2, '0')}`;
}

/** Makes the hub, with a road to where the clients are, on the first network that nobody uses. */
function joinNetwork(holders: ReadonlyMap<Place, TrackedProcess>): number {
  const pid = String(holders.get(HUB)?.pid);
  const inHub = [`--net=/proc/${pid}/ns/net`, 'ip'];
  run('nsenter', [...inHub, 'link', 'add', 'hub', 'type', 'bridge']);
  run('nsenter', [...inHub, 'link', 'set', 'hub', 'up']);
  const first = Math.floor(Math.random() * NETWORKS);
  for (let tried = 0; tried < NETWORKS; tried += 1) {
    const network = (first + tried) % NETWORKS;
    const device = clientsDevice(network);
    const hardware = ['address', hardwareAddress(CLIENTS)];
    // Fails where another run has a device of that name.
    if (!works('ip', ['link', 'add', device, ...hardware, 'type', 'veth', 'peer', 'name', 'clients', 'netns', pid]))
      continue;
    run('nsenter', [...inHub, 'link', 'set', 'clients', 'master', 'hub', 'up']);
    run('ip', ['address', 'add', `198.18.${network}.${CLIENTS_HOST}/24`, 'dev', device]);
    run('ip', ['link', 'set', device, 'up']);
    return network;
  }
  throw new Error('every network for tests is in use');
}

function isAllowed(): boolean {
  const trial = 'ip link add hub type bridge && ip link add one type veth peer name other';
  return works('nsenter', ['--version']) && works('unshare', ['--net', 'sh', '-c', trial]);
}

function works(command: string, args: readonly string[]): boolean {
  try {
    run(command, args);
    return true;
  } catch {
    return false;
  }
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
