import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../../src/client/index.js';
import { startServer, type TestServer } from '../../src/testing/index.js';
import { projectRoot } from '../support/built.js';

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.close());

interface LoadResult {
  readonly ok: boolean;
  readonly ops: number;
  readonly verify_errors: number;
  readonly errors: number;
  readonly error_codes: Readonly<Record<string, number>>;
  readonly first_problem: string;
}

function load(...args: string[]): Promise<{ status: number; result: LoadResult }> {
  return loadOn(server.connectString, args);
}

function loadOn(servers: string, args: string[]): Promise<{ status: number; result: LoadResult }> {
  const script = join(projectRoot, 'bench/own-generator/main.mjs');
  const common = ['--servers', servers, '--pids', `${process.pid}`];
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...common, ...args], (error, stdout) => {
      resolve({ status: Number(error?.code ?? 0), result: JSON.parse(stdout) as LoadResult });
    });
  });
}

/** Waits for the moment when the generator has made its nodes, and does something to one of them then. */
async function meddler(change: (client: Client, path: string) => Promise<unknown>): Promise<{ done: Promise<void> }> {
  const client = await Client.connect(server.connectString);
  const made = await client.addWatch('/zkload/k00000009');
  const meddle = async () => {
    for await (const { type } of made) {
      if (type === 'created') break;
    }
    await change(client, '/zkload/k00000001');
    await client.close();
  };
  return { done: meddle() };
}

describe("the benchmark's own generator", () => {
  // Few nodes: however slow the machine is, each is asked for.
  const short = ['--keys', '10', '--seconds', '0.5', '--warmup', '0.5'];

  it('has a clean run on a server that answers rightly', async () => {
    const { status, result } = await load('--op', 'mixed:10', '--connections', '4', '--pipeline', '8', ...short);
    expect({ status, result }).toMatchObject({ status: 0, result: { ok: true, verify_errors: 0, errors: 0 } });
    expect(result.ops).toBeGreaterThan(0);
  });

  it('shares its connections out among several servers', async () => {
    const other = await startServer();
    const servers = `${server.connectString},${other.connectString}`;
    const { status } = await loadOn(servers, ['--mode', 'session', '--connections', '2', ...short]);
    expect(status).toBe(0);
    for (const each of [server, other]) {
      const client = await Client.connect(each.connectString);
      const { stat } = await client.create('/last', null);
      await client.close();
      // Only this session and this node would be two transactions.
      expect(stat.czxid).toBeGreaterThan(2);
    }
    await other.close();
  });

  it('fails when an answer has the data of another node', async () => {
    const meddling = await meddler(async (client, path) => {
      const { data } = await client.getData('/zkload/k00000002');
      await client.setData(path, data);
    });
    const { status, result } = await load('--op', 'get', ...short);
    await meddling.done;
    expect({ status, result }).toMatchObject({ status: 3, result: { ok: false, errors: 0 } });
    expect(result.verify_errors).toBeGreaterThan(0);
    expect(result.first_problem).toBe('get: data of another node');
  });

  it('fails when a request is refused', async () => {
    const meddling = await meddler((client, path) => client.delete(path));
    const { status, result } = await load('--op', 'set', ...short);
    await meddling.done;
    expect({ status, result }).toMatchObject({ status: 3, result: { ok: false, verify_errors: 0 } });
    expect(result.error_codes).toEqual({ '-101': result.errors });
  });
});
