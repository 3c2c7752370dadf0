import type { Bindings } from './bindings.js';
import type { Decoded, Json, JsonObject } from './vector-rows.js';
import { textOf } from './vector-rows.js';

/** What a comparison needs to know besides the two frames. */
export interface CompareContext {
  readonly bindings: Bindings;
  /** The newest zxid that this connection was told before. */
  readonly lastZxid: bigint;
  /** When this run may have stamped its changes, epoch ms. */
  readonly ran: { readonly fromMs: number; readonly toMs: number };
  /**
   * The recorded server had a history before this file, which shows in its reserved nodes: their counters and times, and
   * children that are no business of the file.
   */
  readonly inheritsHistory: boolean;
  /** The path that the request behind a reply asked for; null for notifications. */
  readonly requestPath: string | null;
  /** The recording is of a server that put -1 into every notification, ours names the change (client-protocol 13). */
  readonly namesChangeInEvents: boolean;
}

const WRITES = new Set(
  'create create2 createContainer createTTL delete setData setACL multi closeSession reconfig'.split(' '),
);
/** Errors whose replies need not carry a zxid of their own. */
const UNORDERED_ERRORS = new Set([-5, -6, -119, -124]);
const ZXID_KEYS = new Set(['czxid', 'mzxid', 'pzxid']);
const TIME_KEYS = new Set(['ctime', 'mtime']);
const HISTORY_KEYS = new Set('mzxid pzxid mtime version cversion aversion numChildren'.split(' '));
/** Between the clock of a server and ours. */
const CLOCK_SLACK_MS = 1000;
const RESERVED = new Set(['/', '', '/zookeeper', '/zookeeper/quota', '/zookeeper/config']);

/** What is different between a recorded frame of a server and one of this run, one line each; [] when they agree. */
export function compareFrames(recorded: Decoded, ours: Decoded, context: CompareContext): string[] {
  return new Comparison(recorded, context).run(ours);
}

class Comparison {
  readonly #recorded: Decoded;
  readonly #context: CompareContext;
  readonly #volatile: ReadonlySet<string>;
  readonly #unordered: ReadonlySet<string>;
  readonly #found: string[] = [];

  constructor(recorded: Decoded, context: CompareContext) {
    this.#recorded = recorded;
    this.#context = context;
    this.#volatile = new Set(recorded.volatile ?? []);
    this.#unordered = new Set(recorded.unordered ?? []);
  }

  run(ours: Decoded): string[] {
    const { volatile: _volatile, unordered: _unordered, ...recorded } = this.#recorded;
    this.#object('', recorded, ours as unknown as JsonObject);
    return this.#found;
  }

  #object(path: string, recorded: JsonObject, ours: JsonObject): void {
    for (const key of new Set([...Object.keys(recorded), ...Object.keys(ours)])) {
      const at = path === '' ? key : `${path}.${key}`;
      this.#value(at, key, [recorded[key], ours[key]]);
    }
    if ('czxid' in recorded && 'czxid' in ours) this.#statTimes(path, recorded, ours);
  }

  #value(path: string, key: string, [recorded, ours]: readonly [Json | undefined, Json | undefined]): void {
    if (recorded === undefined || ours === undefined) {
      this.#differ(path, recorded, ours);
    } else if (this.#isHistory(key)) {
      return;
    } else if (this.#volatile.has(path)) {
      this.#masked(path, key, [recorded, ours]);
    } else if (path === 'header.zxid' && this.#recorded.record === 'Notification') {
      this.#notificationZxid(recorded, ours);
    } else if (Array.isArray(recorded) && Array.isArray(ours)) {
      this.#list(path, recorded as readonly Json[], ours as readonly Json[]);
    } else if (isObject(recorded) && isObject(ours)) {
      this.#object(path, recorded, ours);
    } else if (recorded !== ours) {
      this.#differ(path, recorded, ours);
    }
  }

  #list(path: string, recorded: readonly Json[], ours: readonly Json[]): void {
    const isUnordered = this.#unordered.has(path);
    const theirs = isUnordered ? sorted(this.#ownChildren(path, recorded)) : recorded;
    const mine = isUnordered ? sorted(ours) : ours;
    if (theirs.length !== mine.length) this.#differ(path, theirs, mine);
    else theirs.forEach((item, i) => this.#value(`${path}[${i}]`, '', [item, mine[i]]));
  }

  /** Children of `/` that scenarios of other files left behind. */
  #ownChildren(path: string, names: readonly Json[]): readonly Json[] {
    const isRoot = this.#context.requestPath === '/' && path === 'body.children';
    return this.#context.inheritsHistory && isRoot ? names.filter((name) => name !== 'dp' && name !== 'dc3') : names;
  }

  #isHistory(key: string): boolean {
    const { inheritsHistory, requestPath } = this.#context;
    return inheritsHistory && requestPath !== null && RESERVED.has(requestPath) && HISTORY_KEYS.has(key);
  }

  #masked(path: string, key: string, [recorded, ours]: readonly [Json, Json]): void {
    const { bindings } = this.#context;
    const pair = [textOf(recorded), textOf(ours)] as const;
    if (path === 'header.zxid') this.#headerZxid(...pair);
    else if (ZXID_KEYS.has(key)) this.#note(path, bindings.bindChange(...pair));
    else if (TIME_KEYS.has(key)) this.#time(path, ours);
    else if (key === 'sessionId' || key === 'ephemeralOwner') this.#note(path, bindings.bindSession(...pair));
    else if (key === 'passwd') this.#note(path, bindings.bindPassword(...pair));
    else this.#found.push(`${path} is marked volatile, but nothing is known about such values`);
  }

  #headerZxid(recorded: string, ours: string): void {
    const { bindings, lastZxid } = this.#context;
    const { record, op, header } = this.#recorded;
    const zxid = BigInt(ours);
    if (record === 'Notification') {
      this.#note('header.zxid', bindings.bindChange(recorded, ours));
      return;
    }
    if (zxid <= 0n) this.#differ('header.zxid', 'a positive one', ours);
    else if (zxid < lastZxid) this.#found.push(`header.zxid ${ours} falls behind ${lastZxid}, told before`);
    const isOrdered = WRITES.has(op ?? '') && !UNORDERED_ERRORS.has(Number(header?.['err']));
    if (isOrdered) this.#note('header.zxid', bindings.bindChange(recorded, ours));
    bindings.sawZxid(recorded, ours);
  }

  #notificationZxid(recorded: Json, ours: Json): void {
    const isNewer = this.#context.namesChangeInEvents && Number(ours) > 0;
    if (recorded !== ours && !isNewer) this.#differ('header.zxid', recorded, ours);
  }

  #time(path: string, ours: Json): void {
    const { fromMs, toMs } = this.#context.ran;
    const ms = Number(ours);
    if (ms < fromMs - CLOCK_SLACK_MS || ms > toMs + CLOCK_SLACK_MS) this.#differ(path, 'a time of this run', ours);
  }

  /** A node that was not written since its creation was last modified when it was created. */
  #statTimes(path: string, recorded: JsonObject, ours: JsonObject): void {
    const untouched = recorded['czxid'] === recorded['mzxid'] && recorded['ctime'] === recorded['mtime'];
    if (untouched && ours['ctime'] !== ours['mtime']) this.#differ(`${path}.mtime`, 'ctime', ours['mtime']);
  }

  #note(path: string, problem: string | null): void {
    if (problem !== null) this.#found.push(`${path}: ${problem}`);
  }

  #differ(path: string, recorded: Json | undefined, ours: Json | undefined): void {
    this.#found.push(`${path} should be ${show(recorded)}, is ${show(ours)}`);
  }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(list: readonly Json[]): readonly Json[] {
  return [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function show(value: Json | undefined): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
