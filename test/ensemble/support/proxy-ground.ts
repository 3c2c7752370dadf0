import { encodeInitialMessage, readInitialMessage } from '../../../src/protocol/quorum/initial-message.js';
import type { SpawnOptions } from '../../support/tracked-process.js';
import type { Way } from './cut-proxy.js';
import { CutProxy } from './cut-proxy.js';
import { freePorts } from './free-ports.js';
import type { Address, Ground, Place } from './ground.js';
import { CLIENTS } from './ground.js';
import { addressOf, loopbackAddresses } from './loopback-ground.js';

/** Everything that one place dials at another. */
interface Route {
  readonly from: Place;
  readonly to: Place;
  readonly address: Address;
  readonly proxies: readonly CutProxy[];
}

/** All servers on the loopback interface, and between any two of them, and between them and clients, proxies of our own. */
export class ProxyGround implements Ground {
  readonly kind = 'proxies';
  private readonly addresses: ReadonlyMap<Place, Address>;
  private readonly routes: readonly Route[];

  private constructor(addresses: ReadonlyMap<Place, Address>, routes: readonly Route[]) {
    this.addresses = addresses;
    this.routes = routes;
  }

  static async lay(servers: readonly Place[]): Promise<ProxyGround> {
    const addresses = await loopbackAddresses(servers);
    const routes: Route[] = [];
    for (const [to, target] of addresses) {
      for (const from of [CLIENTS, ...servers]) {
        if (from === to) continue;
        const callBack = (): Address | undefined =>
          routes.find((each) => each.from === to && each.to === from)?.address;
        routes.push(await routeTo(target, { from, to, callBack }));
      }
    }
    return new ProxyGround(addresses, routes);
  }

  address(server: Place, from: Place): Address {
    if (server === from) return addressOf(this.addresses, server);
    const route = this.routes.find((each) => each.from === from && each.to === server);
    if (route === undefined) throw new RangeError(`no way leads from ${from} to ${server}`);
    return route.address;
  }

  placed(_: Place, command: SpawnOptions): SpawnOptions {
    return command;
  }

  async silence(from: Place, to: Place): Promise<void> {
    for (const route of this.routes) {
      if (route.from === from && route.to === to) silenceAll(route, 'forth');
      if (route.from === to && route.to === from) silenceAll(route, 'back');
    }
  }

  async heal(): Promise<void> {
    for (const { proxies } of this.routes) for (const proxy of proxies) proxy.heal();
  }

  readonly reset = (a: Place, b: Place): void => {
    const between = this.routes.filter(({ from, to }) => (from === a && to === b) || (from === b && to === a));
    for (const { proxies } of between) for (const proxy of proxies) proxy.reset();
  };

  async close(): Promise<void> {
    for (const { proxies } of this.routes) for (const proxy of proxies) await proxy.stop();
  }
}

interface RouteOptions {
  readonly from: Place;
  readonly to: Place;
  /** Where `to` calls `from`. */
  readonly callBack: () => Address | undefined;
}

async function routeTo(target: Address, { from, to, callBack }: RouteOptions): Promise<Route> {
  const proxies: CutProxy[] = [];
  const open = async (targetPort: number, reword?: (first: Buffer) => Buffer): Promise<number> => {
    const [port] = (await freePorts(1)) as [number];
    proxies.push(await CutProxy.start(port, { targetPort, ...(reword && { reword }) }));
    return port;
  };
  const isClients = from === CLIENTS;
  const client = isClients ? await open(target.client) : target.client;
  const quorum = isClients ? target.quorum : await open(target.quorum);
  const election = isClients ? target.election : await open(target.election, (first) => redirected(first, callBack()));
  return { from, to, address: { host: target.host, client, quorum, election }, proxies };
}

/** Who introduces itself on an election port says where it listens: calling it back there would lead past the proxies. */
function redirected(introduction: Buffer, to: Address | undefined): Buffer {
  const read = readInitialMessage(introduction);
  if (read === null || to === undefined) return introduction;
  const { message, end } = read;
  const redirectedOne = encodeInitialMessage({ ...message, addresses: [`${to.host}:${to.election}`] });
  return Buffer.concat([redirectedOne, introduction.subarray(end)]);
}

function silenceAll({ proxies }: Route, way: Way): void {
  for (const proxy of proxies) proxy.silence(way);
}
