import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';

/** Ports of this host on which nobody listens at the moment, all different. Use them soon. */
export async function freePorts(host: string, count: number): Promise<number[]> {
  const servers: Server[] = [];
  try {
    // All are open at once: no port is found twice.
    for (let index = 0; index < count; index++) servers.push(await listening(host));
    return servers.map((server) => (server.address() as AddressInfo).port);
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

function listening(host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port: 0 }, () => resolve(server));
  });
}
