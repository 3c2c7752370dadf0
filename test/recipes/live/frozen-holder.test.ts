import { describe, expect, it } from 'vitest';
import { Client } from '../../../src/client/index.js';
import { InterProcessMutex } from '../../../src/recipes/index.js';
import { startServer } from '../../../src/testing/index.js';
import { builtFile, projectRoot } from '../../support/built.js';
import { TrackedProcess } from '../../support/tracked-process.js';
import { SHORT_SESSION_MS } from './company.js';

const STEP_MS = 20_000;
const [PATH, LEDGER] = ['/locks/a', '/ledger'];

describe('a process that is frozen while it holds the lock', () => {
  it('knows at its first look that the lock is gone, and its late write is refused', async () => {
    builtFile('index.js');
    await using server = await startServer();
    await using client = await Client.connect(server.connectString);
    await client.create(LEDGER, 'nobody');
    const args = ['test/recipes/fixtures/frozen-holder.mjs', server.connectString, PATH, LEDGER, `${SHORT_SESSION_MS}`];
    const holder = new TrackedProcess({ command: process.execPath, args, cwd: projectRoot });
    const held = await holder.line((line) => line.startsWith('holds'), { timeoutMs: STEP_MS });
    holder.signal('SIGSTOP');
    const next = await new InterProcessMutex(client, PATH).acquire({ timeoutMs: STEP_MS });
    expect(next.token).toBeGreaterThan(Number(held.split(' ')[1]));
    await next.transaction().setData(LEDGER, 'next').commit();
    holder.write('look\n');
    holder.signal('SIGCONT');
    const seen = await holder.line((line) => line.startsWith('sees'), { timeoutMs: STEP_MS });
    expect(seen).toBe('sees held=false aborted=true refused=true');
    expect((await client.getData(LEDGER)).data?.toString()).toBe('next');
    expect(await holder.exited).toEqual({ code: 0, signal: null });
    expect(holder.stderr).toBe('');
  });
});
