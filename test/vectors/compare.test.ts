import { describe, expect, it } from 'vitest';
import { Bindings } from './support/bindings.js';
import type { CompareContext } from './support/compare.js';
import { compareFrames } from './support/compare.js';
import type { Decoded, Json, JsonObject } from './support/vector-rows.js';
import { readScenarios, vectorFiles } from './support/vector-rows.js';

// The replay is only as good as its eyes: whatever a server might get wrong in a recorded answer must be seen.

const context = (bindings = new Bindings()): CompareContext => ({
  bindings,
  lastZxid: 0n,
  ran: { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER },
  inheritsHistory: false,
  requestPath: null,
  namesChangeInEvents: false,
});

const answers = vectorFiles('3.8.0')
  .flatMap((file) => readScenarios('3.8.0', file))
  .flatMap(({ rows }) => rows)
  .flatMap((row) => (row.kind === 'frame' && row.dir === 's2c' ? [row.decoded] : []));

interface Leaf {
  readonly path: string;
  readonly value: Json;
  readonly mutate: (value: Json | undefined) => Decoded;
}

/** Every scalar and list of an answer, with a way to have it replaced (or left out). */
function* leavesOf(root: JsonObject, value: Json, keys: readonly (string | number)[]): Generator<Leaf> {
  const isList = Array.isArray(value);
  if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value as JsonObject)) {
      yield* leavesOf(root, item, [...keys, isList ? Number(key) : key]);
    }
    if (!isList) return;
  }
  const path = keys
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .slice(1);
  yield { path, value, mutate: (to) => replaceAt(root, keys, to) as unknown as Decoded };
}

function replaceAt(value: Json, [key, ...rest]: readonly (string | number)[], to: Json | undefined): Json | undefined {
  if (key === undefined) return to;
  const copy = (Array.isArray(value) ? [...(value as Json[])] : { ...(value as JsonObject) }) as Record<string, Json>;
  const replaced = replaceAt(copy[key] as Json, rest, to);
  if (replaced === undefined) delete copy[key];
  else copy[key] = replaced;
  return copy;
}

/** The answer as a server would have sent it. */
function bare(decoded: Decoded): Decoded {
  const { volatile: _volatile, unordered: _unordered, ...rest } = decoded;
  return rest;
}

const asJson = (decoded: Decoded): JsonObject => bare(decoded) as unknown as JsonObject;

function otherThan(value: Json): Json {
  if (typeof value === 'string') return /^-?\d+$/.test(value) ? String(BigInt(value) + 1n) : `${value}x`;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return Array.isArray(value) ? [...(value as readonly Json[]), 'x'] : 'x';
}

describe('comparing a recorded answer', () => {
  it('finds nothing in itself', () => {
    for (const decoded of answers) expect(compareFrames(decoded, bare(decoded), context())).toEqual([]);
  });

  it('sees every value that is another one, unless it is volatile', () => {
    let changes = 0;
    for (const decoded of answers) {
      for (const { path, value, mutate } of leavesOf(asJson(decoded), asJson(decoded), [])) {
        if (decoded.volatile?.includes(path) === true) continue;
        changes += 1;
        const found = compareFrames(decoded, mutate(otherThan(value)), context());
        if (found.length === 0) expect.fail(`a changed ${path} of ${JSON.stringify(decoded)} was not seen`);
      }
    }
    expect(changes).toBeGreaterThan(10_000);
  });

  it('sees every value that is missing, and what is too much', () => {
    for (const decoded of answers) {
      const root = asJson(decoded);
      for (const key of Object.keys(root)) {
        const { [key]: _gone, ...rest } = root;
        expect(compareFrames(decoded, rest as unknown as Decoded, context()), key).not.toEqual([]);
      }
      const more = { ...root, trailing: `${decoded.trailing ?? ''}00` } as unknown as Decoded;
      expect(compareFrames(decoded, more, context())).not.toEqual([]);
    }
  });

  it('sees children in another order only where order means something', () => {
    const decoded: Decoded = {
      record: 'Reply',
      header: { xid: 1, zxid: '0', err: 0 },
      body: { children: ['a', 'b'] },
      unordered: ['body.children'],
    };
    const swapped: Decoded = { ...bare(decoded), body: { children: ['b', 'a'] } };
    expect(compareFrames(decoded, swapped, context())).toEqual([]);
    expect(compareFrames({ ...decoded, unordered: [] }, swapped, context())).not.toEqual([]);
  });
});

describe('volatile values', () => {
  const reply = (op: string, zxid: string, err = 0): Decoded => ({
    record: 'Reply',
    op,
    header: { xid: 1, zxid, err },
    volatile: ['header.zxid'],
  });
  const compare = (recorded: Decoded, ours: Decoded, with_: CompareContext): string[] =>
    compareFrames(recorded, bare(ours), with_);

  it('stand for one value each', () => {
    const bindings = new Bindings();
    const handshake = (sessionId: string): Decoded => ({
      record: 'ConnectResponse',
      body: { sessionId },
      volatile: ['body.sessionId'],
    });
    expect(compare(handshake('1'), handshake('7'), context(bindings))).toEqual([]);
    expect(compare(handshake('1'), handshake('7'), context(bindings))).toEqual([]);
    expect(compare(handshake('1'), handshake('8'), context(bindings))).not.toEqual([]);
    expect(compare(handshake('2'), handshake('7'), context(bindings))).not.toEqual([]);
  });

  it('keep the order of changes', () => {
    const bindings = new Bindings();
    expect(compare(reply('create', '10'), reply('create', '50'), context(bindings))).toEqual([]);
    expect(compare(reply('create', '12'), reply('create', '51'), context(bindings))).toEqual([]);
    expect(compare(reply('delete', '11', -101), reply('delete', '51', -101), context(bindings))).not.toEqual([]);
    expect(compare(reply('delete', '13'), reply('delete', '49'), context(bindings))).not.toEqual([]);
  });

  it('never fall on a connection, and are positive', () => {
    const after = { ...context(), lastZxid: 50n };
    expect(compare(reply('exists', '10'), reply('exists', '50'), after)).toEqual([]);
    expect(compare(reply('exists', '10'), reply('exists', '49'), after)).not.toEqual([]);
    expect(compare(reply('exists', '10'), reply('exists', '0'), context())).not.toEqual([]);
  });

  it('are times of the run', () => {
    const stat = (mtime: string): Decoded => ({
      record: 'Reply',
      body: { stat: { mtime } },
      volatile: ['body.stat.mtime'],
    });
    const ran = { ...context(), ran: { fromMs: 1_000_000, toMs: 2_000_000 } };
    expect(compare(stat('5'), stat('1500000'), ran)).toEqual([]);
    expect(compare(stat('5'), stat('5'), ran)).not.toEqual([]);
  });
});
