import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer } from '../../src/testing/index.js';
import type { TestServer } from '../../src/testing/index.js';
import { builtFile, projectRoot } from '../support/built.js';
import { TrackedProcess } from '../support/tracked-process.js';
import { codeBlocks, localLinks, readPage } from './markdown.js';

const RUN_MS = 60_000;
const examples = readdirSync(join(projectRoot, 'examples')).sort();
const guide = existsSync(join(projectRoot, 'docs/guide')) ? readdirSync(join(projectRoot, 'docs/guide')) : [];
const pages = ['README.md', ...guide.filter((name) => name.endsWith('.md')).map((name) => `docs/guide/${name}`)];
const blocks = pages.flatMap(codeBlocks);
/** Pages that quote no examples, but link like the others. */
const otherPages = ['CHANGELOG.md', 'CONTRIBUTING.md', 'docs/divergence.md'].concat(
  ['docs/internals', 'docs/adr'].flatMap((folder) =>
    readdirSync(join(projectRoot, folder)).map((name) => `${folder}/${name}`),
  ),
);

/** What each example prints, when it needs nothing. */
const printed: Readonly<Record<string, readonly RegExp[]>> = {
  'await-using.ts': [/^held: true$/, /^in line: 0$/],
  'cache.mjs': [/^level is info$/, /^nodes: 2$/, /^\/config\/level is now debug$/],
  'config.mjs': [/^level info$/, /^level debug$/],
  'downgrade.mjs': [/^still ours to write: false$/, /^still as we wrote it: true edition 7$/, /^same token: true$/],
  'discovery.mjs': [
    /^asking http:\/\/192\.0\.2\.10:8081$/,
    /^asking http:\/\/192\.0\.2\.10:8082$/,
    /^asking http:\/\/192\.0\.2\.10:8081$/,
    /^usable: \[ 'web-8081' \]$/,
  ],
  'barrier.mjs': [/^closed: true$/, /^process \d goes on$/, /^process \d goes on$/],
  'double-barrier.mjs': [/^3 together, then 0$/],
  'counter.mjs': [/^0 -> 1$/, /^true$/, /^0n 1n$/],
  'errors.mjs': [/^NO_NODE -101 \/nowhere retryable=false ambiguous=false$/, /^true session-over$/],
  'exactly-once-effect.mjs': [/^\[ 'invoice-7' \] 0$/],
  'explain.mjs': [/^lock: held by nightly invoices, process \d+$/, /^1 waiting, the first for some ms$/],
  'fencing.mjs': [/^token \d+ is older than \d+: refused$/, /^balance 90$/],
  'framework.mjs': [/^limits 10, version 0$/, /^\/jobs\/_c_\.\.\.-job-0000000000$/, /^CONNECTED$/],
  'give-up.mjs': [/^free: false$/, /^gave up: TIMEOUT$/, /^gave up: shutting down$/],
  'group.mjs': [/^m1 at 10\.0\.0\.1, m2 at 10\.0\.0\.2$/, /^m1 at 10\.0\.0\.1$/],
  'guarded-write.mjs': [/^refused: NO_NODE$/, /^the plan: second draft$/],
  'hand-over.mjs': [/^asked to end$/, /^handed over: closed, and the other is leader$/],
  'leader-selector.mjs': [
    /^term 1 begins$/,
    /^term 2 begins$/,
    /^leader: replica 1$/,
    /^told to stop: interrupted; still the leader: true$/,
  ],
  'leader.mjs': [
    /^replica \d leads, token \d+$/,
    /^replica \d (leads, token \d+|stops: released)$/,
    /^replica \d (leads, token \d+|stops: released)$/,
    /^replica \d stops: released$/,
  ],
  'multi-lock.mjs': [/^from A to B$/, /^from B to A$/],
  'once-per-fleet.mjs': [/^sending the report of \S+:00.000Z$/, /^1 of 3 replicas did it$/, /^once more: taken, done$/],
  'migrations.mjs': [/^applied \[ 0, 2 \]$/, /^version 2$/],
  'modeled.ts': [/^slots 3$/, /^listed 1$/],
  'operations.mjs': [/^\/jobs\/job-0000000000$/, /^refused: BAD_VERSION$/, /^stock 8 jobs \[\]$/],
  'owner.mjs': [/^booking A-\d/, /^notifying for A-\d/, /^booking A-\d/, /^notifying for A-\d/],
  'partitioner.mjs': [/^two workers have all 6$/, /^one worker has all 6 \[ 'w1' \]$/],
  'persistent-node.mjs': [/^made \/workers\/w1$/, /^absent$/, /^present$/, /^still busy$/],
  'persistent-watcher.mjs': [/^resync: off$/, /^dataChanged: on$/],
  'quick-start.mjs': [/^sending invoices, token \d+$/, /^sent 3$/],
  'read-write-lock.mjs': [/^readers: true$/, /^new prices, token \d+$/],
  'redis-fencing.mjs': [/^true FENCED$/, /^shipped$/],
  'redlock.mjs': [/^held: true$/, /^RESOURCE_LOCKED$/, /^true$/],
  'revoke.mjs': [/^asked to stop; still held: true$/],
  'semaphore.mjs': [/^10 conversions, [1-3] at a time$/, /^leases: 2, free: 1$/, /^two more now: null$/],
  'worker-pool.mjs': [/^6 jobs done by 3 workers$/],
  'shared-count.mjs': [/^limit 10$/, /^limit 20$/],
  'work-queue.mjs': [/^preparing tea$/, /^preparing coffee$/, /^preparing cake$/, /^3 done, 0 left$/],
};
/** These are given the address of a server; those that end in .test.ts are tests, and run with the tests. */
const needServer = ['lock.mjs', 'tree.mjs'];

function run(example: string, ...args: string[]): TrackedProcess {
  builtFile('index.js');
  if (!example.endsWith('.ts')) {
    return new TrackedProcess({ command: process.execPath, args: [`examples/${example}`, ...args], cwd: projectRoot });
  }
  const source = readFileSync(join(projectRoot, 'examples', example), 'utf8');
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const program = new TrackedProcess({ command: process.execPath, args: ['--input-type=module'], cwd: projectRoot });
  program.write(ts.transpileModule(source, { compilerOptions: options }).outputText);
  program.endInput();
  return program;
}

async function successOf(program: TrackedProcess): Promise<readonly string[]> {
  const timer = setTimeout(() => program.signal('SIGKILL'), RUN_MS);
  await program.exited;
  clearTimeout(timer);
  expect(program.describe()).toMatch(/^code 0, signal null\n--- stdout\n[^]*\n--- stderr\n$/);
  return program.lines;
}

describe('each example', () => {
  it('is run by this file, or is a test itself', () => {
    const known = [...Object.keys(printed), ...needServer].sort();
    expect(examples.filter((name) => !name.endsWith('.test.ts'))).toEqual(known);
  });

  it.each(Object.entries(printed))('%s runs as it stands', async (example, expected) => {
    const lines = await successOf(run(example));
    expect(lines).toHaveLength(expected.length);
    expected.forEach((pattern, index) => expect(lines[index]).toMatch(pattern));
  });

  describe('that needs a server', () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startServer();
    });
    afterAll(() => server.close());

    it('lock.mjs waits for another, and gives back when interrupted', async () => {
      const first = run('lock.mjs', server.connectString);
      await first.line((line) => line.startsWith('got it'), { timeoutMs: RUN_MS });
      const second = run('lock.mjs', server.connectString);
      await second.line((line) => line.startsWith('waiting'), { timeoutMs: RUN_MS });
      first.signal('SIGINT');
      expect(await successOf(first)).toContain('giving it back');
      await second.line((line) => line.startsWith('got it'), { timeoutMs: RUN_MS });
      second.signal('SIGTERM');
      expect(await successOf(second)).toContain('giving it back');
    });

    it('tree.mjs shows the tree', async () => {
      const lines = await successOf(run('tree.mjs', server.connectString));
      expect(lines[0]).toMatch(/^\/ {2}0 bytes$/);
      expect(lines).toContain('  /zookeeper  0 bytes');
    });
  });
});

describe('each page', () => {
  it('quotes examples, and quotes them word for word', () => {
    const quotes = blocks.filter(({ language }) => /^(m?js|ts|javascript|typescript)$/.test(language));
    expect(quotes.length).toBeGreaterThan(0);
    for (const { page, line, marker, text } of quotes) {
      const where = `${page}:${line}`;
      expect(marker, `${where} names no file: put <!-- examples/NAME --> above the block`).toMatch(/^examples\//);
      expect(`${where}\n${text}`).toBe(`${where}\n${readPage(marker ?? '')}`);
    }
  });

  it('links to what exists', () => {
    const broken = [...pages, ...otherPages].flatMap((page) =>
      localLinks(page)
        .filter((target) => !existsSync(join(projectRoot, dirname(page), target)))
        .map((target) => `${page} -> ${target}`),
    );
    expect(broken).toEqual([]);
  });
});

describe('README.md', () => {
  it('gives the two commands, to be copied as they are', () => {
    const commands = blocks.filter(({ page, language }) => page === 'README.md' && language === 'sh');
    const lines = commands.flatMap(({ text }) => text.trimEnd().split('\n'));
    expect(lines).toContain('npm ci && npm start');
    expect(lines).toContain('npm ci && npm test');
  });
});
