import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { nodeRuntime } from '../../../src/runtime/node-runtime.js';
import { QuorumConfig } from '../../../src/server/zab/quorum-config.js';
import { freePorts } from '../../ensemble/support/free-ports.js';
import { ElectionServer } from './support/election-server.js';

const running: ElectionServer[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.module.close()));
});

async function loopback(host = '127.0.0.1'): Promise<QuorumConfig> {
  const ports = await freePorts(6);
  const lines = [1, 2, 3].map((sid) => `server.${sid}=${host}:${ports[sid - 1]}:${ports[sid + 2]}:participant`);
  return QuorumConfig.parse(lines.join('\n'));
}

function serverOf(
  sid: number,
  config: QuorumConfig,
  module: ConstructorParameters<typeof ElectionServer>[0]['module'] = {},
): ElectionServer {
  const server = new ElectionServer({ sid, config, runtime: nodeRuntime(), module });
  running.push(server);
  return server;
}

/** Resolves when all have the same leader, which is none of those that are gone. */
function agreed(servers: readonly ElectionServer[]): Promise<number> {
  return new Promise((resolve) => {
    const look = (): void => {
      const leader = servers[0]!.leader;
      const isCommon = servers.every((server) => server.leader === leader);
      if (isCommon && servers.some(({ sid }) => sid === leader)) resolve(leader!);
    };
    for (const server of servers) server.whenElected = look;
    look();
  });
}

describe('election modules over real sockets', () => {
  it('have a leader in far less than half a second, and another one within 60 ms when it goes', async () => {
    const config = await loopback();
    const servers = [1, 2, 3].map((sid) => serverOf(sid, config));
    const start = performance.now();
    await Promise.all(servers.map((server) => server.start()));
    expect(await agreed(servers)).toBe(3);
    const startMs = performance.now() - start;
    const [, , leader] = servers;
    const left = servers.slice(0, 2);
    const again = agreed(left);
    for (const server of left) server.looksWhenLeaderGoes = true;
    const kill = performance.now();
    await leader!.module.close();
    expect(await again).toBe(2);
    const failoverMs = performance.now() - kill;
    console.log(
      `election over real sockets: ${startMs.toFixed(1)} ms from nothing, ${failoverMs.toFixed(1)} ms after a leader`,
    );
    expect(servers[0]!.outcomes.at(-1)).toMatchObject({ leader: 2, round: 2 });
  });

  it('look names up at every attempt, and speak TLS where they are to', async () => {
    const pem = (name: string): Buffer => readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url));
    const identity = { key: pem('server-key'), cert: pem('server'), ca: pem('ca') };
    const config = await loopback('localhost');
    const servers = [1, 2, 3].map((sid) =>
      serverOf(sid, config, {
        listen: config.members.get(sid)!.addresses.map(({ host, electionPort }) => ({
          host,
          port: electionPort,
          tls: { ...identity, requestCert: true, rejectUnauthorized: true },
        })),
        tls: identity,
        intervalMs: { min: 1000, max: 1000 },
      }),
    );
    await Promise.all(servers.map((server) => server.start()));
    expect(await agreed(servers)).toBeGreaterThan(0);
    const stranger = await nodeRuntime().network.connect({
      host: 'localhost',
      port: config.members.get(1)!.addresses[0]!.electionPort,
      timeoutMs: 5000,
    }).stream;
    await new Promise<void>((closed) => {
      stranger.listen({ data: () => undefined, close: () => closed() });
      stranger.write(Buffer.alloc(100));
    });
  });
});
