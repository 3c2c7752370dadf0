import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../src/client/index.js';
import { contenderLabel, InterProcessMutex } from '../../src/recipes/index.js';
import { startServer } from '../../src/testing/index.js';
import type { TestServer } from '../../src/testing/index.js';
import { run } from './support/command.js';

describe('pinfold explain', () => {
  let server: TestServer;
  let client: Client;
  beforeAll(async () => {
    server = await startServer();
    client = await Client.connect(server.connectString);
    const data = contenderLabel('invoices', { host: 'web-1', pid: 17 });
    const lock = new InterProcessMutex(client, '/locks/a', { data });
    await lock.acquire();
    lock.acquire().catch(() => undefined);
  });
  afterAll(async () => {
    await client.close();
    await server.close();
  });

  it('tells who holds a lock, and who waits', async () => {
    const { status, stdout } = await run(['explain', '/locks/a', '--server', server.connectString]);
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('/locks/a: a lock, or a leader selector');
    expect(lines[1]).toBe('held by');
    expect(lines[2]).toMatch(
      /^ {2}_c_\S+-lock-0000000000 {2}invoices on web-1 process 17, for \d+\.\d s, session 0x[0-9a-f]+, token \d+$/,
    );
    expect(lines[3]).toBe('waiting, in order');
    expect(lines).toHaveLength(5);
  });

  it('prints JSON when asked, and finds its server in the environment', async () => {
    const { status, stdout } = await run(['explain', '/locks/a', '--json'], {
      env: { PINFOLD_SERVER: server.connectString },
    });
    expect(status).toBe(0);
    const told = JSON.parse(stdout) as { kind: string; holders: { pid: number; sessionId: string }[] };
    expect(told).toMatchObject({ kind: 'lock', holders: [{ pid: 17, label: 'invoices' }], waiters: [{ pid: 17 }] });
    expect(told.holders[0]?.sessionId).toBe(`0x${client.sessionId.toString(16)}`);
  });

  it('looks for circles', async () => {
    const { status, stdout } = await run(['explain', '--deadlocks', '/', '--server', server.connectString]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'No circle of locks below /.\n' });
  });

  it('shows what would move the cursor, or look like a line of its own', async () => {
    const data = contenderLabel('a\u001b[2J\nheld by nobody', { host: 'h\u202e', pid: 1 });
    const hold = await new InterProcessMutex(client, '/locks/odd', { data }).acquire();
    const { stdout } = await run(['explain', '/locks/odd', '--server', server.connectString]);
    await hold.release();
    expect(stdout).toContain('a\\u{1b}[2J\\u{a}held by nobody on h\\u{202e} process 1, for');
    expect(stdout.trimEnd().split('\n')).toHaveLength(3);
  });

  it('says by its status when there is no such node, no server, or no sense in it', async () => {
    const missing = await run(['explain', '/nowhere', '--server', server.connectString]);
    expect(missing).toMatchObject({ status: 4, stdout: '/nowhere: there is no such node\n' });
    const noCircles = await run(['explain', '--deadlocks', '/nowhere', '--server', server.connectString]);
    expect(noCircles).toMatchObject({ status: 4, stdout: '' });
    expect(noCircles.stderr).toBe('pinfold: /nowhere: there is no such node\n');
    const unreachable = await run(['explain', '/a', '--server', '127.0.0.1:1', '--timeout', '300']);
    expect(unreachable).toMatchObject({ status: 1, stdout: '' });
    expect((await run(['explain', 'locks'])).status).toBe(2);
    expect((await run(['explain', '/a', '--server', 'a:b:c'])).status).toBe(2);
    expect((await run(['explain', '--help'])).stdout).toContain('Exit statuses');
  });
});
