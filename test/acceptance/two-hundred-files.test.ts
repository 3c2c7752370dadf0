import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { builtFile, projectRoot } from '../support/built.js';
import { TrackedProcess } from '../support/tracked-process.js';

const FILES = 200;
const WORKERS = 4;

/** What a generated test file tells: times are ms of the system's clock. */
interface Told {
  readonly port: number;
  readonly startMs: number;
  readonly openedAtMs: number;
  readonly closedAtMs: number;
}

/** A test as a user would write it, in a file of its own. */
function testFile(number: number, told: string): string {
  const from = (name: string): string => JSON.stringify(pathToFileURL(builtFile(name)).href);
  return `
import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { Client } from ${from('index.js')};
import { startServer } from ${from('testing/index.js')};

test('file ${number} has a server to itself', async () => {
  const beginMs = performance.now();
  const server = await startServer();
  const startMs = performance.now() - beginMs;
  const openedAtMs = Date.now();
  const client = await Client.connect(server.connectString);
  const { path } = await client.create('/of-', '${number}', { mode: 'ephemeral-sequential' });
  expect((await client.getChildren('/')).children.sort()).toEqual([path.slice(1), 'zookeeper']);
  expect((await client.getData(path)).data.toString()).toBe('${number}');
  await client.close();
  const closedAtMs = Date.now();
  await server.close();
  const told = { port: server.port, startMs, openedAtMs, closedAtMs };
  await writeFile(${JSON.stringify(told)}, JSON.stringify(told));
});
`;
}

test('18. Two hundred parallel test files, each with its own in-process server: no port clash, suite time not dominated by start-up', async () => {
  const root = await mkdtemp(join(tmpdir(), 'pinfold-suite-'));
  const results = join(root, 'told');
  await mkdir(results);
  const numbers = Array.from({ length: FILES }, (_, number) => number);
  await Promise.all(
    numbers.map((number) =>
      writeFile(join(root, `file-${number}.test.mjs`), testFile(number, join(results, `${number}.json`))),
    ),
  );
  const vitest = join(projectRoot, 'node_modules/vitest/vitest.mjs');
  // Several files share a worker's modules, so that loading vitest two hundred times is not what is measured.
  const options = ['--root', root, '--pool', 'threads', '--no-isolate', '--maxWorkers', String(WORKERS)];
  const beginMs = performance.now();
  const run = new TrackedProcess({
    command: process.execPath,
    args: [vitest, 'run', ...options, '--reporter', 'json', '--outputFile', join(root, 'report.json')],
    cwd: root,
  });
  expect(await run.exited, run.describe()).toEqual({ code: 0, signal: null });
  const suiteMs = performance.now() - beginMs;
  const report = JSON.parse(await readFile(join(root, 'report.json'), 'utf8')) as Record<string, number>;
  expect(report).toMatchObject({ numTotalTests: FILES, numPassedTests: FILES, numFailedTests: 0 });

  const names = await readdir(results);
  const told = await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(results, name), 'utf8')) as Told),
  );
  expect(told).toHaveLength(FILES);
  // Whoever were there at the same time had ports of their own.
  const meetings = told.flatMap((one, at) =>
    told
      .slice(at + 1)
      .filter((other) => overlap(one, other))
      .map((other) => [one, other] as const),
  );
  expect(meetings.length).toBeGreaterThan(0);
  expect(meetings.filter(([one, other]) => one.port === other.port)).toEqual([]);
  const startsMs = told.reduce((sum, { startMs }) => sum + startMs, 0);
  const share = Math.round((100 * startsMs) / (suiteMs * WORKERS));
  process.stdout.write(
    `200 test files: ${Math.round(suiteMs)} ms, a server starts in ${(startsMs / FILES).toFixed(1)} ms on average, ${share}% of the time\n`,
  );
  // Its work, a session and three operations, is less than what vitest itself does for a file.
  expect(share).toBeLessThan(50);
  await rm(root, { recursive: true });
}, 240_000);

function overlap(one: Told, other: Told): boolean {
  return one.openedAtMs <= other.closedAtMs && other.openedAtMs <= one.closedAtMs;
}
