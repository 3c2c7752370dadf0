import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../../../src/client/index.js';
import { InstanceSerializer, ServiceDiscovery } from '../../../src/recipes/index.js';
import type { InstanceSerializerOptions, ServiceInstanceSpec } from '../../../src/recipes/index.js';
import { startServer } from '../../../src/testing/index.js';
import type { TestServer } from '../../../src/testing/index.js';
import { describeNodes, noteKinds, recordedNodes } from '../live/znodes.js';

let server: TestServer;
let client: Client;

beforeEach(noteKinds);

beforeEach(async () => {
  server = await startServer();
  client = await Client.connect(server.connectString);
});

afterEach(async () => {
  await client.close();
  await server.close();
});

const registrationTimeUTC = 1_700_000_000_000;
const web = { name: 'web', registrationTimeUTC };

interface Dump {
  readonly file: string;
  readonly base: string;
  readonly serializer: InstanceSerializerOptions<unknown>;
  /** In the order in which Java registered them. */
  readonly instances: readonly ServiceInstanceSpec[];
}

const dumps: readonly Dump[] = [
  {
    file: 'discovery-compatible.json',
    base: '/v/disc',
    serializer: {},
    instances: [
      {
        ...web,
        id: 'i-1',
        address: '192.0.2.10',
        port: 8080,
        sslPort: 8443,
        payload: 'hello',
        uriSpec: '{scheme}://{address}:{port}/x',
      },
      { ...web, id: 'i-2', address: '192.0.2.11', port: 8081, serviceType: 'STATIC' },
      { ...web, id: 'i-3', address: '192.0.2.12', serviceType: 'PERMANENT', enabled: false },
      { ...web, name: 'seq', id: 'i-4', address: '192.0.2.13', port: 1, serviceType: 'DYNAMIC_SEQUENTIAL' },
    ],
  },
  {
    file: 'discovery-noncompatible-object-payload.json',
    base: '/v/disc2',
    serializer: { compatible: false, javaClass: 'Vec2$Pay' },
    instances: [
      {
        ...web,
        name: 'obj',
        id: 'p-1',
        address: '192.0.2.10',
        port: 8080,
        payload: { zone: 'eu', weight: 3 },
        enabled: false,
      },
      { ...web, name: 'obj', id: 'p-2', address: '192.0.2.10', port: 8080 },
    ],
  },
  {
    file: 'discovery-map-payload.json',
    base: '/v/disc3',
    serializer: { javaClass: 'java.util.LinkedHashMap' },
    instances: [{ ...web, name: 'm', id: 'm-1', address: '192.0.2.10', port: 1, payload: { k: 1 } }],
  },
];

describe('the same znodes as Curator', () => {
  it.each(dumps)('$file', async ({ file, base, serializer, instances }) => {
    await using discovery = new ServiceDiscovery<unknown>(client, base, { serializer });
    for (const instance of instances) await discovery.registerService(instance);
    expect(await describeNodes(client, base, [client])).toEqual(recordedNodes(file, (each) => each));
  });

  it.each(dumps)('$file is read', async ({ file, serializer, instances }) => {
    const recorded = recordedNodes(file, (each) => each);
    const reader = new InstanceSerializer(serializer);
    const read = recorded.map(({ path, dataHex }) => reader.deserialize(Buffer.from(dataHex, 'hex'), path));
    const found = read.filter((each) => each !== null);
    expect(found).toHaveLength(instances.length);
    for (const { id, payload = null, enabled = true, uriSpec = null } of instances) {
      const instance = found.find((each) => each.id === id);
      expect(instance?.payload).toEqual(payload);
      expect(instance?.enabled).toBe(serializer.compatible === false ? enabled : true);
      expect(instance?.uriSpec?.toString() ?? null).toBe(uriSpec);
      expect(instance?.registrationTimeUTC).toBe(registrationTimeUTC);
    }
  });
});
