import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../../src/client/index.js';
import type { ClientOptions } from '../../../src/client/index.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { nodeRuntime } from '../../../src/runtime/index.js';
import { ScriptedServer, statOf } from '../support/scripted-server.js';

const pem = (name: string): Buffer => readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url));

describe('TLS', () => {
  let server: ScriptedServer;
  beforeAll(async () => {
    const { network } = nodeRuntime();
    const tls = { cert: pem('server'), key: pem('server-key'), ca: pem('ca'), requestCert: true };
    server = await ScriptedServer.start({ network, port: 0, tls });
    server.on(OpCode.getData, (request) => request.reply({ data: Buffer.from('secret'), stat: statOf() }));
  });
  afterAll(() => server.stop());

  async function read(options: ClientOptions, host = '127.0.0.1'): Promise<string | undefined> {
    const client = await Client.connect(`${host}:${server.port}`, { sessionTimeoutMs: 10_000, ...options });
    const { data } = await client.getData('/a').finally(() => client.close());
    return data?.toString();
  }

  it('is spoken with a server that a given authority vouches for, by address and by name', async () => {
    expect(await read({ tls: { ca: pem('ca') } })).toBe('secret');
    expect(await read({ tls: { ca: pem('ca') } }, 'localhost')).toBe('secret');
    expect(server.last.subject).toBeNull();
  });

  it("shows the client's certificate", async () => {
    await read({ tls: { ca: pem('ca'), cert: pem('client'), key: pem('client-key') } });
    expect(server.last.subject).toMatch(/^CN=alice/);
  });

  it('is refused with a server that nobody vouches for, and the reason is told', async () => {
    const refused = Client.connect(`127.0.0.1:${server.port}`, { tls: true, timeoutMs: 1000 });
    const error: unknown = await refused.catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'TIMEOUT' });
    expect(String(error)).toMatch(/certificate/);
  });

  it('is refused with a server of another name, unless names are not to be verified', async () => {
    const tls = { ca: pem('ca'), servername: 'elsewhere.test' };
    const refused = Client.connect(`127.0.0.1:${server.port}`, { tls, timeoutMs: 1000 });
    await expect(refused).rejects.toThrow(/elsewhere\.test/);
    expect(await read({ tls: { ...tls, verifyHostname: false } })).toBe('secret');
  });
});
