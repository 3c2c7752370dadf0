import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Client } from '../../src/client/index.js';
import type { TrackedProcess } from '../support/tracked-process.js';
import { askWord, run } from './support/command.js';
import { allGone, OwnHome } from './support/own-home.js';

const STEP_MS = 60_000;
const fixtureUrl = (name: string) => new URL(`../fixtures/tls/${name}`, import.meta.url);
const fixture = (name: string) => readFileSync(fixtureUrl(name), 'utf8');

describe('pinfold ensemble', () => {
  const home = new OwnHome('ensemble');
  const ensemble = (...args: string[]) => home.run('ensemble', ...args);

  const temporary = () => readdirSync(home.directory).filter((name) => name.startsWith('pinfold-ensemble-'));

  /** What it tells of its servers once all serve. */
  async function membersOf(program: TrackedProcess) {
    const line = await program.line((each) => each.startsWith('Connect to'), { timeoutMs: STEP_MS });
    const members = [...program.stdout.matchAll(/^ {2}server\.(\d+) +127\.0\.0\.1:(\d+) +process (\d+) +(\w+)$/gm)].map(
      ([, sid, port, pid, mode]) => ({ sid: Number(sid), port: Number(port), pid: Number(pid), mode: mode ?? '' }),
    );
    return { members, connectString: line.slice('Connect to '.length) };
  }

  it('serves, survives the death of its leader, tells of it, and leaves nothing behind', async () => {
    const program = ensemble('3', '--observers', '1', '--set', 'tickTime=500');
    const { members, connectString } = await membersOf(program);
    const leader = members.find(({ mode }) => mode === 'leader');
    if (leader === undefined) throw new Error(`nobody leads: ${program.stdout}`);
    expect(members.map(({ mode }) => mode).sort()).toEqual(['follower', 'follower', 'leader', 'observer']);
    expect(connectString).toBe(members.map(({ port }) => `127.0.0.1:${port}`).join(','));
    for (const { port, mode } of members) expect(await askWord('srvr', port)).toContain(`\nMode: ${mode}\n`);
    expect(await askWord('conf', leader.port)).toMatch(/\ntickTime=500\n[^]*\nmembership: \nserver\.1=127\.0\.0\.1:/);

    process.kill(leader.pid, 'SIGKILL');
    await program.line(
      (each) => each.startsWith(`server.${leader.sid} has ended by SIGKILL; it is not started again`),
      {
        timeoutMs: STEP_MS,
      },
    );
    await program.line((each) => / is leader$/.test(each), { timeoutMs: STEP_MS });
    const client = await Client.connect(connectString, { timeoutMs: STEP_MS });
    await client.create('/after', 'the leader');
    await client.close();

    program.signal('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('');
    await allGone(
      members.map(({ pid }) => pid),
      STEP_MS,
    );
    expect(temporary()).toEqual([]);
  });

  it('keeps a directory that it is given, and goes on with it', async () => {
    const directory = join(home.directory, 'kept');
    const first = ensemble('1', '--dir', directory);
    const before = await membersOf(first);
    expect(before.members.map(({ mode }) => mode)).toEqual(['leader']);
    const client = await Client.connect(before.connectString, { timeoutMs: STEP_MS });
    await client.create('/kept', 'data');
    await client.close();
    first.signal('SIGINT');
    expect((await first.exited).code).toBe(0);
    expect(existsSync(join(directory, 'server-1', 'server.log'))).toBe(true);

    const second = ensemble('1', '--dir', directory);
    const after = await membersOf(second);
    expect(after.connectString).toBe(before.connectString);
    const again = await Client.connect(after.connectString, { timeoutMs: STEP_MS });
    expect((await again.getData('/kept')).data?.toString()).toBe('data');
    await again.close();
    const { code } = await ensemble('3', '--dir', directory).exited;
    expect(code).toBe(1);
    expect(home.started.at(-1)?.stderr).toMatch(/holds an ensemble of 1 servers: ask for as many/);
    second.signal('SIGINT');
    await second.exited;
  });

  it('has its servers speak TLS to each other when it is told so', async () => {
    const keyStore = join(home.directory, 'key.pem');
    writeFileSync(keyStore, `${fixture('server-key.pem')}\n${fixture('server.pem')}`);
    const program = ensemble(
      ...['3', '--set', 'sslQuorum=true', '--set', `ssl.quorum.keyStore.location=${keyStore}`],
      ...['--set', `ssl.quorum.trustStore.location=${fileURLToPath(fixtureUrl('ca.pem'))}`],
    );
    const { members } = await membersOf(program);
    const port = Number(/^electionPort=(\d+)$/m.exec(await askWord('conf', members[0]?.port ?? 0))?.[1]);
    const server = {
      host: '127.0.0.1',
      port,
      servername: 'localhost',
      ca: fixture('ca.pem'),
      maxVersion: 'TLSv1.2',
    } as const;
    const known = connectTls({ ...server, key: fixture('server-key.pem'), cert: fixture('server.pem') });
    await once(known, 'secureConnect');
    known.destroy();
    await expect(once(connectTls(server), 'secureConnect')).rejects.toThrow(/alert|handshake|disconnected/i);
    program.signal('SIGTERM');
    expect((await program.exited).code).toBe(0);
  });

  it('ends with 1 when a server cannot start, and with 2 when a setting is wrong', async () => {
    const { members } = await membersOf(ensemble('1'));
    const taken = ensemble('1', '--base-port', String(members[0]?.port));
    expect((await taken.exited).code).toBe(1);
    expect(taken.stderr).toMatch(
      /^pinfold: server\.1 has ended with status 1: pinfold: .* is in use by another process\n$/,
    );
    const before = temporary();
    const wrong = ensemble('1', '--set', 'tickTime=soon');
    expect((await wrong.exited).code).toBe(2);
    expect(wrong.stderr).toMatch(
      /^pinfold: command line: tickTime=soon: must be a whole number of ms from 1 to \d+\n$/,
    );
    expect(temporary()).toEqual(before);
  });

  it('says in one line where its files cannot be', async () => {
    const file = join(home.directory, 'a-file');
    writeFileSync(file, '');
    const refused = ensemble('1', '--dir', file);
    expect((await refused.exited).code).toBe(1);
    expect(refused.stderr).toMatch(
      /^pinfold: .*a-file\/server-1\/data: cannot be made or read \(ENOTDIR\); give --dir .*\n$/,
    );
  });

  it('takes its servers along when it is killed', async () => {
    const program = ensemble('3');
    const { members } = await membersOf(program);
    program.signal('SIGKILL');
    await program.exited;
    await allGone(
      members.map(({ pid }) => pid),
      STEP_MS,
    );
  });

  it('answers --help, and says what is wrong with numbers', async () => {
    const help = await run(['ensemble', '--help']);
    expect(help.status).toBe(0);
    expect(help.stdout).toMatch(/Examples:\n {2}\$ pinfold ensemble 3 /);
    for (const args of [['0'], ['many'], ['3', '--observers', 'x'], ['3', '--base-port', '65000']]) {
      const { status, stderr } = await run(['ensemble', ...args]);
      expect(status).toBe(2);
      expect(stderr).toMatch(/It must be a number from \d+ to \d+\./);
    }
  });
});
