import type { SpawnOptions } from '../../support/tracked-process.js';
import { freePorts } from './free-ports.js';
import type { Address, Ground, Place } from './ground.js';

/** All servers on the loopback interface, with nothing between them. */
export class LoopbackGround implements Ground {
  readonly kind = 'loopback';
  readonly reset = null;
  private readonly addresses: ReadonlyMap<Place, Address>;

  private constructor(addresses: ReadonlyMap<Place, Address>) {
    this.addresses = addresses;
  }

  static async lay(servers: readonly Place[]): Promise<LoopbackGround> {
    return new LoopbackGround(await loopbackAddresses(servers));
  }

  address(server: Place): Address {
    return addressOf(this.addresses, server);
  }

  placed(_: Place, command: SpawnOptions): SpawnOptions {
    return command;
  }

  async silence(): Promise<void> {
    throw new Error('nothing can be cut on the bare loopback interface');
  }

  async heal(): Promise<void> {
    // Nothing was cut.
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}

export async function loopbackAddresses(servers: readonly Place[]): Promise<ReadonlyMap<Place, Address>> {
  const addresses = new Map<Place, Address>();
  for (const server of servers) {
    const [client, quorum, election] = (await freePorts(3)) as [number, number, number];
    addresses.set(server, { host: '127.0.0.1', client, quorum, election });
  }
  return addresses;
}

export function addressOf(addresses: ReadonlyMap<Place, Address>, server: Place): Address {
  const address = addresses.get(server);
  if (address === undefined) throw new RangeError(`there is no server ${server}`);
  return address;
}
