import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WatchEvent, WatchHandle, WatchKind } from '../../src/client/index.js';
import type { ReplyHook } from '../../src/client/call.js';
import { WatchRegistry } from '../../src/client/watch-registry.js';
import type { WatchWire } from '../../src/client/watch-wire.js';
import type { WatcherType } from '../../src/protocol/event.js';
import { AddWatchMode, EventType } from '../../src/protocol/event.js';
import { OpCode } from '../../src/protocol/op-codes.js';
import { parentOf } from '../../src/protocol/paths.js';
import type { RequestOf, RequestOp } from '../../src/protocol/request-codec.js';
import type { SetWatches2Request } from '../../src/protocol/set-watches.js';
import type { Zxid } from '../../src/protocol/zxid.js';
import { WatchTable } from './support/watch-table.js';
import type { Sent } from './support/watch-table.js';

/** Few, so that watches meet. */
const PATHS = ['/a', '/a/b', '/d'];
const KINDS: readonly WatchKind[] = ['data', 'exists', 'children', 'persistent', 'recursive'];

interface Entry {
  readonly handle: WatchHandle;
  readonly events: string[];
  isOpen: boolean;
  /** What its read saw. */
  sinceZxid: number;
  wasThere: boolean;
  /** Connections since it was set. */
  reconnections: number;
}

interface Change {
  readonly path: string;
  readonly how: 'toggle' | 'touch';
}

/** A tree that knows when each node was made and changed. */
class Tree {
  zxid = 100;
  readonly nodes = new Map<string, { mzxid: number; pzxid: number }>();

  exists(path: string): boolean {
    return this.nodes.has(path);
  }
}

/**
 * A registry joined to a model of a server's watch table, of an older or a newer kind. Messages travel in two queues, so
 * that events, replies and requests cross.
 */
class Joint implements WatchWire {
  readonly tree = new Tree();
  readonly registry: WatchRegistry;
  readonly handles: Entry[] = [];
  attached = true;
  lastZxidSeen = 0 as Zxid;
  #table: WatchTable;
  readonly #oldServer: boolean;
  /** Callers' requests that the window holds back; what the registry sends for itself goes ahead of them. */
  #waiting: { hook: ReplyHook; carryOut: () => number }[] = [];
  #toServer: (() => void)[] = [];
  #toClient: (() => void)[] = [];
  #hooks = new Set<ReplyHook>();

  constructor(oldServer: boolean) {
    this.#oldServer = oldServer;
    this.#table = new WatchTable(oldServer);
    this.registry = new WatchRegistry(this, { eventsMax: 10_000, replayBytesMax: 20 });
  }

  sendNow<Op extends RequestOp>(op: Op, body: RequestOf<Op>, hook: ReplyHook): void {
    this.#send(hook, () => {
      if (op === OpCode.removeWatches) {
        const { path, type } = body as { path: string; type: WatcherType };
        this.#table.remove(path, type);
      } else {
        this.#setWatches(body as unknown as SetWatches2Request);
      }
      return 0;
    });
  }

  abandonConnection(why: string): void {
    throw new Error(why);
  }

  /** A caller asks for a watch. */
  watch(kind: WatchKind, path: string): void {
    const intent = this.registry.intend(kind, path, '');
    const entry: Entry = {
      handle: intent.watch,
      events: [],
      isOpen: false,
      sinceZxid: -1,
      wasThere: false,
      reconnections: 0,
    };
    const hook: ReplyHook = (rc, wanted) => {
      if (rc === 0 || (rc === -101 && kind === 'exists')) {
        entry.isOpen = true;
        this.handles.push(entry);
      }
      intent.hook(rc, wanted);
    };
    void this.#follow(entry);
    const carryOut = (): number => {
      const isThere = this.tree.exists(path);
      entry.sinceZxid = this.tree.zxid;
      entry.wasThere = isThere;
      if (kind === 'persistent' || kind === 'recursive') {
        this.#table.add(path, intent.mode === AddWatchMode.persistent ? 'persistent' : 'recursive');
        return 0;
      }
      if (!isThere && kind !== 'exists') return -101;
      if (intent.onWire) this.#table.add(path, kind === 'children' ? 'child' : 'data');
      return isThere ? 0 : -101;
    };
    this.#waiting.push({ hook, carryOut });
  }

  /** Somebody changes the tree: `toggle` makes or deletes the node, `touch` changes it if it is there. */
  change({ path, how }: Change): void {
    const { tree } = this;
    const node = tree.nodes.get(path);
    if (node !== undefined && how === 'touch') {
      node.mzxid = ++tree.zxid;
      this.#fire(EventType.nodeDataChanged, path);
      return;
    }
    tree.zxid++;
    if (node === undefined) tree.nodes.set(path, { mzxid: tree.zxid, pzxid: tree.zxid });
    else tree.nodes.delete(path);
    const parent = parentOf(path);
    const above = tree.nodes.get(parent);
    if (above !== undefined) above.pzxid = tree.zxid;
    this.#fire(node === undefined ? EventType.nodeCreated : EventType.nodeDeleted, path);
    this.#fire(EventType.nodeChildrenChanged, parent);
  }

  close(index: number): void {
    const entry = this.handles[index % Math.max(1, this.handles.length)];
    if (entry === undefined) return;
    entry.isOpen = false;
    void entry.handle.close();
  }

  /** The connection breaks, `changes` happen, and it comes back. */
  reconnect(changes: readonly Change[]): void {
    this.attached = false;
    this.#toServer = [];
    this.#toClient = [];
    for (const hook of [...this.#hooks]) {
      this.#hooks.delete(hook);
      hook(null, false);
    }
    this.#table = new WatchTable(this.#oldServer);
    for (const change of changes) this.change(change);
    for (const entry of this.handles) entry.reconnections++;
    this.attached = true;
    this.registry.replay();
  }

  /** The session ends with the connection, and a new one follows. */
  loseSession(): void {
    this.attached = false;
    const waiting = this.#waiting.splice(0);
    this.registry.sessionEnded();
    for (const { hook } of waiting) hook(null, false);
    this.reconnect([]);
  }

  step(side: 'window' | 'server' | 'client'): void {
    if (side === 'window') {
      const next = this.#waiting.shift();
      if (next !== undefined) this.#send(next.hook, next.carryOut);
    } else {
      (side === 'server' ? this.#toServer : this.#toClient).shift()?.();
    }
  }

  async drain(): Promise<void> {
    while (this.#waiting.length + this.#toServer.length + this.#toClient.length > 0) {
      this.step('window');
      this.step('server');
      this.step('client');
    }
    await new Promise((resolve) => setImmediate(resolve));
  }

  get table(): Sent {
    return this.#table.contents();
  }

  async #follow(entry: Entry): Promise<void> {
    for await (const event of entry.handle) entry.events.push(describeEvent(event));
    entry.isOpen = false;
  }

  #send(hook: ReplyHook, carryOut: () => number): void {
    this.#hooks.add(hook);
    this.#toServer.push(() => {
      const rc = carryOut();
      const { zxid } = this.tree;
      this.#toClient.push(() => {
        this.lastZxidSeen = Math.max(this.lastZxidSeen, zxid) as Zxid;
        if (this.#hooks.delete(hook)) hook(rc, true);
      });
    });
  }

  #fire(type: EventType, path: string): void {
    if (!this.#table.fires(type, path)) return;
    const zxid = this.#oldServer ? null : (this.tree.zxid as Zxid);
    this.#toClient.push(() => this.registry.dispatch(type, path, zxid));
  }

  #setWatches(lists: SetWatches2Request): void {
    const since = Number(lists.relativeZxid);
    const event = (type: EventType, path: string): void =>
      void this.#toClient.push(() => this.registry.dispatch(type, path, null));
    for (const path of (lists.dataWatches ?? []) as string[]) {
      const node = this.tree.nodes.get(path);
      if (node === undefined) event(EventType.nodeDeleted, path);
      else if (node.mzxid > since) event(EventType.nodeDataChanged, path);
      else this.#table.add(path, 'data');
    }
    for (const path of (lists.existWatches ?? []) as string[]) {
      if (this.tree.exists(path)) event(EventType.nodeCreated, path);
      else this.#table.add(path, 'data');
    }
    for (const path of (lists.childWatches ?? []) as string[]) {
      const node = this.tree.nodes.get(path);
      if (node === undefined) event(EventType.nodeDeleted, path);
      else if (node.pzxid > since) event(EventType.nodeChildrenChanged, path);
      else this.#table.add(path, 'child');
    }
    for (const path of (lists.persistentWatches ?? []) as string[]) this.#table.add(path, 'persistent');
    for (const path of (lists.persistentRecursiveWatches ?? []) as string[]) this.#table.add(path, 'recursive');
  }
}

function describeEvent({ type, path }: WatchEvent): string {
  return `${type} ${path}`;
}

const change = fc.record<Change>({ path: fc.constantFrom(...PATHS), how: fc.constantFrom('toggle', 'touch') });
const watch = { kind: fc.constantFrom(...KINDS), path: fc.constantFrom(...PATHS) };
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('watch' as const), ...watch }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('change' as const), change }) },
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constantFrom('window' as const, 'server' as const, 'client' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('loseSession' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('close' as const), index: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('reconnect' as const), changes: fc.array(change, { maxLength: 3 }) }),
  },
);

describe.each([
  ['older servers, which keep one mode a path', true],
  ['newer servers', false],
])('the watch registry on %s', (_, oldServer) => {
  it('loses no change, whatever is asked, closed, changed and cut in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }), async (steps) => {
        const joint = new Joint(oldServer);
        for (const each of steps) {
          if (each.do === 'watch') joint.watch(each.kind, each.path);
          else if (each.do === 'change') joint.change(each.change);
          else if (each.do === 'close') joint.close(each.index);
          else if (each.do === 'reconnect') joint.reconnect(each.changes);
          else if (each.do === 'loseSession') joint.loseSession();
          else joint.step(each.do);
        }
        await joint.drain();
        everyChangeWasTold(joint);
        await everyOpenWatchFires(joint);
        await nothingIsLeft(joint);
      }),
      { numRuns: 3000 },
    );
  });
});

/** After everything has settled: what has not fired has nothing to tell, and standing watches know of their gaps. */
function everyChangeWasTold(joint: Joint): void {
  for (const { handle, events, isOpen, sinceZxid, wasThere, reconnections } of joint.handles) {
    if (!isOpen) continue;
    const { kind, path } = handle;
    const node = joint.tree.nodes.get(path);
    const shown = `${kind} ${path} since ${sinceZxid}: ${events.join(', ')}`;
    if (kind === 'persistent' || kind === 'recursive') {
      if (reconnections > 0) expect(events, shown).toContain(`resync ${path}`);
    } else {
      expect(node !== undefined, shown).toBe(wasThere);
      const changedZxid = kind === 'children' ? node?.pzxid : node?.mzxid;
      expect(changedZxid ?? 0, shown).toBeLessThanOrEqual(sinceZxid);
    }
  }
}

/** What is still open reports the next change that it is for, and one-shot watches nothing more. */
async function everyOpenWatchFires(joint: Joint): Promise<void> {
  for (const path of PATHS) {
    if (joint.tree.exists(path)) {
      const child = `${path}/child`;
      const made = joint.tree.exists(child) ? `deleted ${child}` : `created ${child}`;
      const told = {
        children: [`childrenChanged ${path}`],
        persistent: [`childrenChanged ${path}`],
        recursive: [made],
      };
      await expectTold(joint, { path: child, how: 'toggle' }, { at: path, told });
    }
    const told = [joint.tree.exists(path) ? `dataChanged ${path}` : `created ${path}`];
    const toldToAll = { data: told, exists: told, persistent: told, recursive: told };
    await expectTold(joint, { path, how: 'touch' }, { at: path, told: toldToAll });
  }
}

/** The change tells the open watches of `at` exactly this, by kind. */
async function expectTold(
  joint: Joint,
  change: Change,
  { at, told }: { at: string; told: Partial<Record<WatchKind, string[]>> },
): Promise<void> {
  const watches = joint.handles.filter(({ handle, isOpen }) => isOpen && handle.path === at);
  const marks = watches.map(({ events }) => events.length);
  joint.change(change);
  await joint.drain();
  watches.forEach(({ handle, events }, index) => {
    const shown = `${handle.kind} ${at}, after ${events.join(', ')}`;
    expect(events.slice(marks[index]), shown).toEqual(told[handle.kind] ?? []);
  });
}

/** When every handle is closed, the server holds nothing and the registry knows of nothing. */
async function nothingIsLeft(joint: Joint): Promise<void> {
  joint.handles.forEach((_, index) => joint.close(index));
  await joint.drain();
  expect(joint.registry.pathCount).toBe(0);
  expect(joint.table).toEqual({ data: [], child: [] });
}
