import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddWatchMode, EventType, WatcherType } from '../../../src/protocol/event.js';
import type { WatchedAcl } from '../../../src/server/watches/watch-table.js';
import { WatchTable } from '../../../src/server/watches/watch-table.js';

interface Connection {
  readonly name: string;
}

const OPEN: WatchedAcl = { worldPerms: 31 };
const SHUT: WatchedAcl = { worldPerms: 30 };
const NAMES = { [EventType.nodeCreated]: 'created', [EventType.nodeDeleted]: 'deleted' } as Record<number, string>;
NAMES[EventType.nodeDataChanged] = 'changed';
NAMES[EventType.nodeChildrenChanged] = 'children';

const [a, b, c] = ['a', 'b', 'c'].map((name): Connection => ({ name })) as [Connection, Connection, Connection];

class Recorder {
  readonly events: string[] = [];
  readonly blind = new Set<Connection>();
  readonly asked: string[] = [];
  readonly table = new WatchTable<Connection, WatchedAcl>({
    deliver: (type, path, watchers) => {
      this.events.push(`${NAMES[type]} ${path}: ${watchers.map(({ name }) => name).join('')}`);
    },
    mayRead: (connection) => {
      this.asked.push(connection.name);
      return !this.blind.has(connection);
    },
  });

  take(): string[] {
    return this.events.splice(0);
  }

  /** As the tree does. */
  create(path: string, acl = OPEN): string[] {
    this.table.nodeCreated(path, acl);
    this.table.nodeChildrenChanged(parentOf(path), acl);
    return this.take();
  }

  change(path: string, acl = OPEN): string[] {
    this.table.nodeDataChanged(path, acl);
    return this.take();
  }

  remove(path: string, acl = OPEN): string[] {
    this.table.nodeDeleted(path, acl);
    this.table.nodeChildrenChanged(parentOf(path), acl);
    return this.take();
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

const persistent = AddWatchMode.persistent;
const recursive = AddWatchMode.persistentRecursive;

describe('standard watches', () => {
  it('of data fire once, on creation, change or deletion', () => {
    const watch = new Recorder();
    for (const act of ['create', 'change', 'remove'] as const) {
      watch.table.addData(a, '/n');
      watch.table.addData(a, '/n');
      expect(watch[act]('/n')).toHaveLength(1);
      expect(watch[act]('/n')).toEqual([]);
    }
  });

  it('of children fire on the parent’s children and on its own deletion, not on data or grandchildren', () => {
    const watch = new Recorder();
    watch.table.addChild(a, '/p');
    expect(watch.change('/p')).toEqual([]);
    expect(watch.create('/p/k/g')).toEqual([]);
    expect(watch.create('/p')).toEqual([]);
    expect(watch.create('/p/k')).toEqual(['children /p: a']);
    expect(watch.create('/p/l')).toEqual([]);
    watch.table.addChild(a, '/p');
    expect(watch.remove('/p')).toEqual(['deleted /p: a']);
  });

  it('of both kinds give one event of a deletion and are both used up', () => {
    const watch = new Recorder();
    watch.table.addData(a, '/p');
    watch.table.addChild(a, '/p');
    watch.table.addChild(b, '/p');
    watch.table.addChild(c, '/');
    expect(watch.remove('/p')).toEqual(['deleted /p: ab', 'children /: c']);
    expect(watch.table.size).toBe(0);
  });

  it('on the empty path never fire', () => {
    const watch = new Recorder();
    watch.table.addData(a, '');
    watch.table.addPersistent(a, '', recursive);
    expect([...watch.change('/'), ...watch.create('/n')]).toEqual([]);
    expect(watch.table.size).toBe(1);
  });
});

describe('persistent watches', () => {
  it('stay, over deletion and creation anew', () => {
    const watch = new Recorder();
    watch.table.addPersistent(a, '/p', persistent);
    expect(watch.create('/p')).toEqual(['created /p: a']);
    expect(watch.create('/p/k')).toEqual(['children /p: a']);
    expect(watch.change('/p/k')).toEqual([]);
    expect(watch.change('/p')).toEqual(['changed /p: a']);
    expect(watch.remove('/p')).toEqual(['deleted /p: a']);
    expect(watch.create('/p')).toEqual(['created /p: a']);
  });

  it('that are recursive hear of every node below, never of children', () => {
    const watch = new Recorder();
    watch.table.addPersistent(a, '/p', recursive);
    expect(watch.create('/p/k')).toEqual(['created /p/k: a']);
    expect(watch.create('/p/k/g')).toEqual(['created /p/k/g: a']);
    expect(watch.change('/p/k/g')).toEqual(['changed /p/k/g: a']);
    expect(watch.remove('/p/k/g')).toEqual(['deleted /p/k/g: a']);
    expect(watch.change('/p')).toEqual(['changed /p: a']);
    expect(watch.create('/pp')).toEqual([]);
    expect(watch.create('/')).toEqual([]);
  });

  it('on the root hear of everything', () => {
    const watch = new Recorder();
    watch.table.addPersistent(a, '/', recursive);
    expect([...watch.change('/'), ...watch.create('/x'), ...watch.create('/x/y')]).toEqual([
      'changed /: a',
      'created /x: a',
      'created /x/y: a',
    ]);
  });

  it('and standard ones stand side by side and give one event each change', () => {
    const watch = new Recorder();
    watch.table.addPersistent(a, '/p', persistent);
    watch.table.addPersistent(a, '/p', recursive);
    watch.table.addPersistent(a, '/', recursive);
    watch.table.addData(a, '/p');
    watch.table.addChild(a, '/p');
    expect(watch.change('/p')).toEqual(['changed /p: a']);
    expect(watch.change('/p')).toEqual(['changed /p: a']);
    expect(watch.create('/p/k')).toEqual(['created /p/k: a', 'children /p: a']);
    expect(watch.remove('/p')).toEqual(['deleted /p: a']);
  });

  it('leave a standard child watch of a recursive watcher its own event', () => {
    const watch = new Recorder();
    watch.table.addPersistent(a, '/p', recursive);
    watch.table.addChild(a, '/p/k');
    expect(watch.create('/p/k/g')).toEqual(['created /p/k/g: a', 'children /p/k: a']);
    expect(watch.remove('/p/k/g')).toEqual(['deleted /p/k/g: a']);
  });
});

describe('an event', () => {
  it('goes to all its watchers at once, each named once', () => {
    const watch = new Recorder();
    const many = Array.from({ length: 50 }, (_, i): Connection => ({ name: `${i},` }));
    for (const connection of many) {
      watch.table.addData(connection, '/n');
      watch.table.addPersistent(connection, '/', recursive);
    }
    const [event] = watch.change('/n');
    expect(event!.split(',')).toHaveLength(51);
  });

  it('is kept from those who may not read the node; a standard watch is used up all the same', () => {
    const watch = new Recorder();
    watch.blind.add(a);
    for (const connection of [a, b]) watch.table.addData(connection, '/n');
    expect(watch.change('/n', SHUT)).toEqual(['changed /n: b']);
    expect(watch.change('/n', OPEN)).toEqual([]);
    watch.table.addPersistent(a, '/n', persistent);
    expect(watch.change('/n', SHUT)).toEqual([]);
    watch.blind.clear();
    expect(watch.change('/n', SHUT)).toEqual(['changed /n: a']);
  });

  it('that everybody may read asks nobody', () => {
    const watch = new Recorder();
    watch.table.addData(a, '/n');
    watch.change('/n', { worldPerms: 1 });
    expect(watch.asked).toEqual([]);
  });
});

describe('removing and checking watches', () => {
  const types = Object.values(WatcherType);
  const kinds: [string, (watch: Recorder) => void, WatcherType[]][] = [
    ['data', ({ table }) => table.addData(a, '/p'), [WatcherType.data, WatcherType.any]],
    ['child', ({ table }) => table.addChild(a, '/p'), [WatcherType.children, WatcherType.any]],
    ['persistent', ({ table }) => table.addPersistent(a, '/p', persistent), [WatcherType.persistent, WatcherType.any]],
    [
      'recursive',
      ({ table }) => table.addPersistent(a, '/p', recursive),
      [WatcherType.persistentRecursive, WatcherType.any],
    ],
  ];

  it.each(kinds)('a %s watch answers to its own type and to any', (_, add, expected) => {
    for (const type of types) {
      const watch = new Recorder();
      add(watch);
      const is = expected.includes(type);
      expect(watch.table.has(a, '/p', type)).toBe(is);
      expect(watch.table.has(b, '/p', type)).toBe(false);
      expect(watch.table.has(a, '/q', type)).toBe(false);
      expect(watch.table.remove(b, '/p', type)).toBe(false);
      expect(watch.table.remove(a, '/p', type)).toBe(is);
      expect(watch.table.remove(a, '/p', type)).toBe(false);
      expect(watch.table.size === 0).toBe(is);
    }
  });

  it('takes one kind and leaves the others', () => {
    const watch = new Recorder();
    for (const [, add] of kinds) add(watch);
    expect(watch.table.remove(a, '/p', WatcherType.data)).toBe(true);
    expect(watch.table.remove(a, '/p', WatcherType.persistent)).toBe(true);
    expect(watch.change('/p')).toEqual(['changed /p: a']);
    expect(watch.table.remove(a, '/p', WatcherType.persistentRecursive)).toBe(true);
    expect(watch.change('/p')).toEqual([]);
    expect(watch.create('/p/k')).toEqual(['children /p: a']);
    expect(watch.table.size).toBe(0);
  });

  it('takes all kinds of one path with any', () => {
    const watch = new Recorder();
    for (const [, add] of kinds) add(watch);
    watch.table.addData(a, '/q');
    expect(watch.table.remove(a, '/p', WatcherType.any)).toBe(true);
    expect(watch.table.counts()).toEqual({ connections: 1, paths: 1, watches: 1 });
  });
});

describe('the lists of watches', () => {
  it('are of the data table; the total counts both', () => {
    const watch = new Recorder();
    watch.table.addData(a, '/x');
    watch.table.addData(b, '/x');
    watch.table.addData(b, '/y');
    watch.table.addChild(c, '/z');
    watch.table.addPersistent(c, '/x', persistent);
    expect(watch.table.counts()).toEqual({ connections: 3, paths: 2, watches: 4 });
    expect(watch.table.size).toBe(6);
    expect([...watch.table.byPath()].map(([path, watchers]) => [path, [...watchers]])).toEqual([
      ['/x', [a, b, c]],
      ['/y', [b]],
    ]);
    expect([...watch.table.byConnection()].map(([connection, paths]) => [connection.name, [...paths]])).toEqual([
      ['a', ['/x']],
      ['b', ['/x', '/y']],
      ['c', ['/x']],
    ]);
  });

  it('lose a connection as a whole', () => {
    const watch = new Recorder();
    for (const path of ['/x', '/y']) {
      watch.table.addData(a, path);
      watch.table.addChild(a, path);
      watch.table.addPersistent(a, path, recursive);
      watch.table.addData(b, path);
    }
    watch.table.dropConnection(a);
    watch.table.dropConnection(a);
    expect(watch.table.counts()).toEqual({ connections: 1, paths: 2, watches: 2 });
    expect(watch.change('/x/below')).toEqual([]);
    expect(watch.change('/x')).toEqual(['changed /x: b']);
  });
});

describe('any mix of watches', () => {
  const paths = ['/', '/p', '/p/k', '/p/k/g', '/q'];
  const connection = fc.constantFrom(a, b, c);
  const path = fc.constantFrom(...paths);
  const step = fc.record({
    what: fc.constantFrom(
      'data',
      'child',
      'persistent',
      'recursive',
      'remove',
      'drop',
      'created',
      'changed',
      'deleted',
      'children',
    ),
    connection,
    path,
    type: fc.constantFrom(...Object.values(WatcherType)),
  });

  it('does what a list of watches does', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const watch = new Recorder();
        const model = new WatchList();
        for (const each of steps) {
          const expected = model.run(each);
          expect(sorted(run(watch, each))).toEqual(sorted(expected));
          expect(watch.table.size).toBe(model.size());
        }
      }),
      { numRuns: 250 },
    );
  });
});

interface Step {
  what: string;
  connection: Connection;
  path: string;
  type: WatcherType;
}

function sorted(events: string[]): string[] {
  return events.map((event) => {
    const [head, names] = event.split(': ') as [string, string];
    return `${head}: ${[...names].sort().join('')}`;
  });
}

function run(watch: Recorder, step: Step): string[] {
  const { table } = watch;
  const { connection, path, type } = step;
  if (step.what === 'data') table.addData(connection, path);
  else if (step.what === 'child') table.addChild(connection, path);
  else if (step.what === 'persistent') table.addPersistent(connection, path, persistent);
  else if (step.what === 'recursive') table.addPersistent(connection, path, recursive);
  else if (step.what === 'remove') table.remove(connection, path, type);
  else if (step.what === 'drop') table.dropConnection(connection);
  else if (step.what === 'created') table.nodeCreated(path, OPEN);
  else if (step.what === 'changed') table.nodeDataChanged(path, OPEN);
  else if (step.what === 'deleted') table.nodeDeleted(path, OPEN);
  else table.nodeChildrenChanged(path, OPEN);
  return watch.take();
}

/** Watches in a plain list, looked through for every change. */
class WatchList {
  private list: { connection: Connection; path: string; kind: string }[] = [];

  run({ what, connection, path, type }: Step): string[] {
    if (['data', 'child', 'persistent', 'recursive'].includes(what)) {
      this.removeIf((each) => each.connection === connection && each.path === path && each.kind === what);
      this.list.push({ connection, path, kind: what });
      return [];
    }
    if (what === 'drop') this.removeIf((each) => each.connection === connection);
    if (what === 'remove') this.remove(connection, path, type);
    if (what === 'drop' || what === 'remove') return [];
    const heard = this.list.filter((each) => hears(each, what, path));
    this.removeIf((each) => (each.kind === 'data' || each.kind === 'child') && heard.includes(each));
    const names = new Set(heard.map((each) => each.connection.name));
    return names.size === 0 ? [] : [`${what} ${path}: ${[...names].join('')}`];
  }

  /** Both halves of a persistent watch count; data and recursive kinds of one path share an entry. */
  size(): number {
    const data = this.list.filter(({ kind }) => kind !== 'child').map(keyOf);
    const child = this.list.filter(({ kind }) => kind === 'child' || kind === 'persistent').map(keyOf);
    return new Set(data).size + new Set(child).size;
  }

  private remove(connection: Connection, path: string, type: WatcherType): void {
    const kinds = {
      1: ['child'],
      2: ['data'],
      3: ['data', 'child', 'persistent', 'recursive'],
      4: ['persistent'],
      5: ['recursive'],
    };
    this.removeIf((each) => each.connection === connection && each.path === path && kinds[type].includes(each.kind));
  }

  private removeIf(condition: (each: { connection: Connection; path: string; kind: string }) => boolean): void {
    this.list = this.list.filter((each) => !condition(each));
  }
}

function keyOf({ connection, path }: { connection: Connection; path: string }): string {
  return `${connection.name} ${path}`;
}

function hears({ path: watched, kind }: { path: string; kind: string }, what: string, path: string): boolean {
  if (kind === 'recursive')
    return what !== 'children' && (watched === '/' || path === watched || path.startsWith(`${watched}/`));
  if (watched !== path) return false;
  if (kind === 'persistent') return true;
  return kind === 'data' ? what !== 'children' : what === 'children' || what === 'deleted';
}
