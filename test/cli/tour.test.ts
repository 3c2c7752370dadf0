import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Client } from '../../src/client/index.js';
import { projectRoot } from '../support/built.js';
import type { TrackedProcess } from '../support/tracked-process.js';
import { allGone, OwnHome } from './support/own-home.js';

const STEP_MS = 30_000;

describe('pinfold tour', () => {
  const home = new OwnHome('tour');
  const tour = (...args: string[]) => home.run('tour', ...args);

  /** Ids of the processes that the tour has started so far: servers and workers. */
  function startedBy(program: TrackedProcess): number[] {
    return [...program.stdout.matchAll(/\(process (\d+)\)/g)].map((match) => Number(match[1]));
  }

  it('--once tells a true story, and ends with status 0', async () => {
    const program = tour('--once');
    const { code } = await program.exited;
    expect({ code, stderr: program.stderr }).toEqual({ code: 0, stderr: '' });
    const tokens = [...program.stdout.matchAll(/has (?:it|the lock).*with token (\d+)/g)].map((match) =>
      Number(match[1]),
    );
    expect(tokens).toHaveLength(3);
    expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    expect(program.stdout).toContain('never two holders at once');
    expect(program.stdout).toMatch(/server\.\d leads now, and takes the next write \d+ ms after the kill/);
    expect(program.stdout).toMatch(/server\.\d is started again \(process \d+\), catches up, and is a follower/);
    expect(startedBy(program).length).toBeGreaterThan(6);
    await allGone(startedBy(program), STEP_MS);
  });

  it('serves on after the story, and tells what to try: commands that are there', async () => {
    const program = tour();
    const line = await program.line((each) => each.includes('go on serving at'), { timeoutMs: STEP_MS });
    const connectString = /(?:127\.0\.0\.1:\d+,?){3}/.exec(line)?.[0] ?? '';
    const client = await Client.connect(connectString, { timeoutMs: STEP_MS });
    expect((await client.getData('/tour/ledger')).data?.toString()).toBe('worker 3 was here');
    await client.close();
    await program.line((each) => each.startsWith('Then:'), { timeoutMs: STEP_MS });
    const files = [...program.stdout.matchAll(/(?:examples|docs)\/[\w/.-]+\w/g)].map(([file]) => file);
    expect(files.length).toBeGreaterThan(1);
    expect(files.filter((file) => !existsSync(join(projectRoot, file)))).toEqual([]);
    program.signal('SIGINT');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'leaves no process behind when it is stopped half way by %s',
    async (signal) => {
      const program = tour('--once');
      await program.line((each) => each.includes('is dead'), { timeoutMs: STEP_MS });
      program.signal(signal);
      expect(await program.exited).toEqual({ code: 1, signal: null });
      expect(program.stdout).toContain('ends early');
      await allGone(startedBy(program), STEP_MS);
    },
  );

  it('says in one line why it cannot start', async () => {
    const first = tour();
    const line = await first.line((each) => each.includes('serves at'), { timeoutMs: STEP_MS });
    const port = /127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? '';
    const second = tour('--port', port);
    expect((await second.exited).code).toBe(1);
    expect(second.stderr).toMatch(
      /^The servers cannot start: server\.1 has ended with status 1: pinfold: .* is in use by another process\n$/,
    );
    expect((await tour('--port', 'many').exited).code).toBe(2);
  });

  it('leaves no process behind when it is killed', async () => {
    const program = tour('--once');
    await program.line((each) => each.includes('2 ahead'), { timeoutMs: STEP_MS });
    program.signal('SIGKILL');
    await program.exited;
    await allGone(startedBy(program), STEP_MS);
  });
});
