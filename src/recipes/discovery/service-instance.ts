import { networkInterfaces } from 'node:os';
import { BadArgumentsError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { UriSpec } from './uri-spec.js';

/**
 * - `DYNAMIC`: gone with the session of whoever registered it;
 * - `STATIC`, `PERMANENT`: stays until unregistered;
 * - `DYNAMIC_SEQUENTIAL`: as DYNAMIC, in a node whose name the server makes unique.
 */
export type ServiceType = 'DYNAMIC' | 'STATIC' | 'PERMANENT' | 'DYNAMIC_SEQUENTIAL';

/** One place where a service is to be had. The fields are those of Curator's class of that name. */
export interface ServiceInstance<Payload = unknown> {
  /** Of the service; a component of the path. */
  readonly name: string;
  /** Unique within the service. */
  readonly id: string;
  readonly address: string;
  readonly port: number | null;
  readonly sslPort: number | null;
  /** Whatever the service wants to tell; see `payload` of the serializer for what Java makes of it. */
  readonly payload: Payload | null;
  /** Epoch ms. */
  readonly registrationTimeUTC: number;
  readonly serviceType: ServiceType;
  readonly uriSpec: UriSpec | null;
  /** Providers leave out what is disabled. Only in the data if the serializer is not in compatible mode. */
  readonly enabled: boolean;
}

/** What of an instance has to be given; the rest has defaults. */
export type ServiceInstanceSpec<Payload = unknown> = Pick<ServiceInstance<Payload>, 'name'> &
  Partial<Omit<ServiceInstance<Payload>, 'name' | 'uriSpec'>> & { readonly uriSpec?: UriSpec | string | null };

const TYPES: readonly ServiceType[] = ['DYNAMIC', 'STATIC', 'PERMANENT', 'DYNAMIC_SEQUENTIAL'];
const PORT_MAX = 65_535;

/**
 * An instance with everything that was not given: a random `id`, the first address of this machine that is not its loopback,
 * the time of the client's clock, type DYNAMIC, enabled. Throws a BadArgumentsError that names the wrong field.
 */
export function serviceInstance<Payload>(
  client: KeeperClient,
  spec: ServiceInstanceSpec<Payload>,
): ServiceInstance<Payload> {
  const { uriSpec = null, serviceType = 'DYNAMIC', port = null, sslPort = null } = spec;
  const { id = client.runtime.random.uuid() } = spec;
  checkInstance({ name: spec.name, id, serviceType, port, sslPort });
  return {
    name: spec.name,
    id,
    address: spec.address ?? localAddress(),
    port,
    sslPort,
    payload: spec.payload ?? null,
    registrationTimeUTC: spec.registrationTimeUTC ?? client.runtime.clock.wallMs(),
    serviceType,
    uriSpec: typeof uriSpec === 'string' ? new UriSpec(uriSpec) : uriSpec,
    enabled: spec.enabled ?? true,
  };
}

/** Throws a BadArgumentsError that names the wrong field. */
export function checkInstance({
  name,
  id,
  serviceType,
  port,
  sslPort,
}: Pick<ServiceInstance, 'name' | 'id' | 'serviceType' | 'port' | 'sslPort'>): void {
  for (const [field, text] of Object.entries({ name, id })) {
    if (typeof text !== 'string' || text === '' || text.includes('/')) refuse(field, text, 'part of a path');
  }
  if (!TYPES.includes(serviceType)) refuse('serviceType', serviceType, `one of ${TYPES.join(', ')}`);
  for (const [field, value] of Object.entries({ port, sslPort })) {
    const isPort = value === null || (Number.isInteger(value) && value >= 0 && value <= PORT_MAX);
    if (!isPort) refuse(field, value, `a port or null`);
  }
}

function refuse(field: string, value: unknown, wanted: string): never {
  throw new BadArgumentsError({ message: `${field} of a service instance is ${String(value)}; it must be ${wanted}` });
}

function localAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outside = addresses.filter(({ internal }) => !internal);
  return (outside.find(({ family }) => family === 'IPv4') ?? outside[0] ?? { address: '127.0.0.1' }).address;
}
