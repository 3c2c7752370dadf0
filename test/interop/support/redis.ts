import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

/** Why there is no Redis to test with, or null. */
export function redisPresent(): string | null {
  const { status } = spawnSync('redis-server', ['--version']);
  return status === 0 ? null : 'redis-server is not installed';
}

/** A server that keeps nothing, reached by a socket of its own. */
export class RedisServer {
  readonly #directory = mkdtempSync(join(tmpdir(), 'pinfold-redis-'));
  readonly #child;
  readonly #clients: Redis[] = [];

  private constructor() {
    const socket = ['--port', '0', '--unixsocket', this.#socket];
    const keepsNothing = ['--save', '', '--appendonly', 'no', '--dir', this.#directory];
    this.#child = spawn('redis-server', [...socket, ...keepsNothing], { stdio: 'ignore' });
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer();
    await server.connect().ping();
    return server;
  }

  get #socket(): string {
    return join(this.#directory, 'redis.sock');
  }

  connect(): Redis {
    const client = new Redis({ path: this.#socket, maxRetriesPerRequest: null, retryStrategy: () => 20 });
    // Until the server listens.
    client.on('error', () => undefined);
    this.#clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
