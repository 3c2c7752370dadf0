import { afterAll, beforeAll, expect, it } from 'vitest';
import { Client, ConnectionLossError } from '../../src/client/index.js';
import type { WatchEvent, WatchHandle } from '../../src/client/index.js';
import { Ensemble } from './support/ensemble.js';
import type { Member } from './support/member.js';

const SESSIONS = 1_000;
const WATCHES_EACH = 10;
const NODES = 1_000;
const PATIENCE_MS = 60_000;
const SESSION_TIMEOUT_MS = 30_000;

interface Watched {
  readonly path: string;
  readonly handle: WatchHandle;
}

let ensemble: Ensemble;
let writer: Client;
const clients: Client[] = [];
const lost: string[] = [];
const sessions: bigint[] = [];

beforeAll(async () => {
  ensemble = await Ensemble.start({ voters: ['pinfold', 'pinfold', 'pinfold'] });
  writer = await Client.connect(ensemble.connectString, { sessionTimeoutMs: SESSION_TIMEOUT_MS });
  const connecting = Array.from({ length: SESSIONS }, async (_, index) => {
    const client = new Client(ensemble.connectString, { sessionTimeoutMs: SESSION_TIMEOUT_MS });
    client.on('lost', ({ reason }) => lost.push(`session ${index}: ${reason}`));
    clients[index] = client;
    await client.connected({ timeoutMs: PATIENCE_MS });
    await client.create('/session-', null, { mode: 'ephemeral-sequential' });
  });
  for (let node = 0; node < NODES; node++) connecting.push(writer.create(pathOf(node), null).then(() => undefined));
  await Promise.all(connecting);
  sessions.push(...clients.map(({ sessionId }) => sessionId));
});

afterAll(async () => {
  await Promise.all([writer, ...clients].map((client) => client.close()));
  await ensemble.discard();
});

function pathOf(node: number): string {
  return `/watched-${node % NODES}`;
}

/** Each session watches some nodes, and each node is watched by several. */
async function watchAll(): Promise<Watched[]> {
  const reading = clients.flatMap((client, index) =>
    Array.from({ length: WATCHES_EACH }, async (_, watch) => {
      const path = pathOf(index * WATCHES_EACH + watch);
      return { path, handle: (await client.getData(path, { watch: true })).watch };
    }),
  );
  return Promise.all(reading);
}

async function change(nodes: readonly number[]): Promise<void> {
  await Promise.all(nodes.map(async (node) => changeOne(pathOf(node))));
}

/** Again, if nobody knows whether it was done: a watch fires once all the same. */
async function changeOne(path: string): Promise<void> {
  try {
    await writer.setData(path, null);
  } catch (error) {
    if (!(error instanceof ConnectionLossError)) throw error;
    await writer.connected({ timeoutMs: PATIENCE_MS });
    await changeOne(path);
  }
}

async function connectionsOf(member: Member): Promise<number> {
  return Number(/^Connections: (\d+)$/m.exec(await member.ask('srvr'))?.[1]);
}

async function busiest(members: readonly Member[]): Promise<[member: Member, connections: number]> {
  const counted = await Promise.all(members.map(async (member) => [member, await connectionsOf(member)] as const));
  const [first] = [...counted].sort(([, a], [, b]) => b - a);
  if (first === undefined) throw new RangeError('there is no such server');
  return [first[0], first[1]];
}

it.each(['a follower', 'the leader', 'a follower'])(
  'when %s is killed, every session and every watch carries on at the others',
  async (who) => {
    const leader = await ensemble.serving();
    const followers = ensemble.members.filter((member) => member !== leader);
    const [victim, connections] = await busiest(who === 'the leader' ? [leader] : followers);
    const watched = await watchAll();
    expect(watched).toHaveLength(SESSIONS * WATCHES_EACH);
    const nodes = Array.from({ length: NODES }, (_, node) => node);
    const events = Promise.all(watched.map(({ handle }) => handle.fired));

    await victim.kill();
    // Half of the changes while sessions are on their way to another server: what they miss they are told there.
    await change(nodes.filter((node) => node % 2 === 0));
    await Promise.all(clients.map((client) => client.connected({ timeoutMs: PATIENCE_MS })));
    await change(nodes.filter((node) => node % 2 === 1));
    const told: WatchEvent[] = await events;

    expect(told.map(({ type, path }) => `${type} ${path}`)).toEqual(watched.map(({ path }) => `dataChanged ${path}`));
    expect(lost).toEqual([]);
    expect(clients.map(({ sessionId }) => sessionId)).toEqual(sessions);
    await writer.sync('/');
    const { children } = await writer.getChildren('/');
    expect(children.filter((name) => name.startsWith('session-'))).toHaveLength(SESSIONS);
    console.log(`${who}: ${connections} of ${SESSIONS + 1} connections were cut, ${told.length} watches fired`);
    expect(connections).toBeGreaterThan(SESSIONS / 20);

    victim.start();
    await ensemble.serving();
  },
);
