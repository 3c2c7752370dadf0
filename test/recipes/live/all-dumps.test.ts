import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../support/built.js';
import { filesBelow } from '../../tidy/source-file.js';

/** What no recipe makes, and why. Everything else that was recorded, a test compares node for node. */
const NOT_MADE: Readonly<Record<string, string>> = {
  'semaphore-v1-deprecated.json':
    'deprecated, because it forgets to wake waiters; InterProcessSemaphoreV2 is its successor',
  'rwlock-downgrade-both-held.json': "Curator's before 5.5.0, which put a writer's read lock behind those who wait",
  'rwlock-downgrade-done.json': "Curator's before 5.5.0, as above; both are compared as Curator makes them since",
  'kazoo-lock.json': "kazoo's own names, which Curator does not put in order: a path belongs to one of them",
  'kazoo-rwlock.json': "kazoo's own names, as those of its lock",
  'kazoo-semaphore.json': "kazoo's own names, as those of its lock",
  'kazoo-election.json': "kazoo's own names, as those of its lock",
  'kazoo-counter.json': 'text as Python prints numbers; the counter that kazoo shares with Curator is compared',
  'kazoo-queue.json': "kazoo's own items, which Curator does not read",
  'kazoo-locking-queue.json': "kazoo's own items, as those of its queue",
  'kazoo-lease.json': 'a lease by the clocks on the walls, which Curator has not',
  'kazoo-multi-lease.json': 'a lease by the clocks on the walls, as above',
  'kazoo-partitioner.json': "kazoo's own names; the work partitioner has no peer in Curator",
};

const IMPORTED = /from '(\.[^']+)\.js'/g;
const COMPARING = /import \{ describeNodes, noteKinds, recordedNodes \}/;
const DUMP = /'([\w.-]+\.json)'/g;

/** What the tests under the folder are made of, by path: they themselves, and what they import. */
function sourcesThatRun(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  const open = filesBelow(folder).filter((path) => path.endsWith('.test.ts'));
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path) || !path.startsWith('test/')) continue;
    const text = readFileSync(join(projectRoot, path), 'utf8');
    found.set(path, text);
    for (const [, target] of text.matchAll(IMPORTED)) open.push(posix.join(posix.dirname(path), `${target}.ts`));
  }
  return found;
}

/** Names of all dumps that tests compare something with; they have to be spelt in full. */
function comparedDumps(): Set<string> {
  const sources = ['test/recipes', 'test/client'].flatMap((folder) => [...sourcesThatRun(folder).values()]);
  const comparing = sources.filter((text) => COMPARING.test(text));
  return new Set(comparing.flatMap((text) => [...text.matchAll(DUMP)].map(([, name]) => name!)));
}

it('every recorded state is compared with what a recipe makes, or there is a reason why none makes it', () => {
  const recorded = readdirSync(join(projectRoot, 'test/vectors/recipes')).filter((name) => name.endsWith('.json'));
  const compared = comparedDumps();
  expect(recorded.filter((name) => !compared.has(name)).sort()).toEqual(Object.keys(NOT_MADE).sort());
});
