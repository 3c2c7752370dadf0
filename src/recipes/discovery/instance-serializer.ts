import { KeeperError } from '../../client/errors.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import type { ServiceInstance, ServiceType } from './service-instance.js';
import { UriSpec } from './uri-spec.js';
import type { UriPart } from './uri-spec.js';

/** How instances go into JSON and come out of it. All who read a service should agree on them. */
export interface InstanceSerializerOptions<Payload> {
  /**
   * True (default, as Curator's): `enabled` is left out of the data, so that older readers do not stumble over it; and
   * disabling an instance means nothing to others.
   */
  readonly compatible?: boolean | undefined;
  /**
   * Name of the Java class that object payloads are of: written as `@class`, which Java readers need unless their payload
   * is a Map. `java.util.LinkedHashMap` makes it one.
   */
  readonly javaClass?: string | undefined;
  /** Makes of a payload as JSON has it (class names removed) what instances have. What it throws makes the instance unreadable. */
  readonly decode?: ((payload: unknown) => Payload) | undefined;
  /** The reverse: what goes into the JSON. */
  readonly encode?: ((payload: Payload) => unknown) | undefined;
}

/** The data of a node that is no service instance. */
export class UnreadableInstanceError extends KeeperError {
  constructor(details: { readonly path: string; readonly why: string; readonly cause?: unknown }) {
    const message = `${details.path} is not read as a service instance: ${details.why}`;
    const { path, cause } = details;
    super({ code: 'UNREADABLE_INSTANCE', rc: ErrorCode.MARSHALLINGERROR, text: message }, { path, message, cause });
  }
}

const CLASS = '@class';
/** How Java's writer marks the type of a value that would not tell it by itself: `["java.lang.Long", 5]`. */
const JAVA_TYPE = /^java\./;

/** Instances as JSON, in the fields and their order of Curator's JsonInstanceSerializer. */
export class InstanceSerializer<Payload = unknown> {
  readonly #options: InstanceSerializerOptions<Payload>;

  constructor(options: InstanceSerializerOptions<Payload> = {}) {
    this.#options = options;
  }

  /** JSON as UTF-8. What `encode` throws, the caller gets. */
  serialize(instance: ServiceInstance<Payload>): Buffer {
    const { name, id, address, port, sslPort, registrationTimeUTC, serviceType, uriSpec, enabled } = instance;
    const payload = this.#encode(instance.payload);
    const fields = { name, id, address, port, sslPort, payload, registrationTimeUTC, serviceType, uriSpec };
    const isCompatible = this.#options.compatible ?? true;
    return Buffer.from(JSON.stringify(isCompatible ? fields : { ...fields, enabled }));
  }

  /**
   * Null for empty data, which parents and half-made nodes have. Fields that are missing get their defaults, unknown ones are
   * ignored. Throws an {@link UnreadableInstanceError} for what cannot be an instance.
   */
  deserialize(data: Buffer | null, path: string): ServiceInstance<Payload> | null {
    if (data === null || data.length === 0) return null;
    let fields: Record<string, unknown>;
    try {
      fields = JSON.parse(data.toString('utf8')) as Record<string, unknown>;
    } catch (cause) {
      throw new UnreadableInstanceError({ path, why: 'it is no JSON', cause });
    }
    if (!isObject(fields) || typeof fields['name'] !== 'string' || typeof fields['id'] !== 'string') {
      throw new UnreadableInstanceError({ path, why: 'it has no name and id' });
    }
    return {
      name: fields['name'],
      id: fields['id'],
      address: typeof fields['address'] === 'string' ? fields['address'] : '',
      port: numberOf(fields['port']),
      sslPort: numberOf(fields['sslPort']),
      payload: this.#decode(fields['payload'], path),
      registrationTimeUTC: numberOf(fields['registrationTimeUTC']) ?? 0,
      serviceType: (fields['serviceType'] as ServiceType | undefined) ?? 'DYNAMIC',
      uriSpec: uriSpecOf(fields['uriSpec']),
      enabled: fields['enabled'] !== false,
    };
  }

  #encode(payload: Payload | null): unknown {
    if (payload === null) return null;
    const { encode, javaClass } = this.#options;
    const value = encode === undefined ? payload : encode(payload);
    return javaClass !== undefined && isObject(value) ? { [CLASS]: javaClass, ...value } : value;
  }

  #decode(written: unknown, path: string): Payload | null {
    if (written === undefined || written === null) return null;
    const plain = withoutTypes(written);
    const { decode } = this.#options;
    if (decode === undefined) return plain as Payload;
    try {
      return decode(plain);
    } catch (cause) {
      throw new UnreadableInstanceError({ path, why: 'its payload was refused', cause });
    }
  }
}

/** What Java wrote, without what it wrote for Java only. */
function withoutTypes(value: unknown): unknown {
  if (Array.isArray(value)) {
    const [type, wrapped] = value as readonly unknown[];
    if (value.length === 2 && typeof type === 'string' && JAVA_TYPE.test(type)) return withoutTypes(wrapped);
    return value.map(withoutTypes);
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([key]) => key !== CLASS);
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutTypes(each)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function uriSpecOf(value: unknown): UriSpec | null {
  if (!isObject(value) || !Array.isArray(value['parts'])) return null;
  const parts = (value['parts'] as readonly unknown[]).filter(isObject);
  return new UriSpec(
    parts.map((part): UriPart => ({
      value: typeof part['value'] === 'string' ? part['value'] : '',
      variable: part['variable'] === true,
    })),
  );
}
