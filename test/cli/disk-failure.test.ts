import { describe, expect, it } from 'vitest';
import { Client } from '../../src/client/index.js';
import { Command, configFile, scratchPath } from './support/command.js';

describe('a disk that fails while the server runs', () => {
  it('ends it with 10 and one line, and without an answer that is not on disk', async () => {
    const dataDir = scratchPath('data');
    const file = configFile(`dataDir=${dataDir}`, 'clientPort=0', 'preAllocSize=0');
    const server = new Command(['server', file], { fileKbMax: 256 });
    const client = await Client.connect(`127.0.0.1:${await server.port()}`);
    const answered: string[] = [];
    const writeOn = async (): Promise<void> => {
      for (let index = 0; ; index++) {
        answered.push((await client.create(`/node-${index}`, Buffer.alloc(8 * 1024))).path);
      }
    };
    const writing = writeOn().catch(() => undefined);
    const { status, stderr } = await server.ended;
    expect(status).toBe(10);
    expect(stderr).toMatch(/^pinfold: [^\n]*log[^\n]*\n$/);

    const again = new Command(['server', file]);
    const reader = await Client.connect(`127.0.0.1:${await again.port()}`);
    expect(answered.length).toBeGreaterThan(10);
    for (const path of answered) expect((await reader.exists(path)).stat, path).not.toBeNull();
    await reader.close();
    await client.close();
    await writing;
    again.kill('SIGTERM');
    expect((await again.ended).status).toBe(0);
  });
});
