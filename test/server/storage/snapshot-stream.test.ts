import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toZxid } from '../../../src/protocol/zxid.js';
import { MemoryDisk } from '../../../src/server/storage/memory-disk.js';
import { receiveSnapshot } from '../../../src/server/storage/snapshot-receiver.js';
import { snapshotStream } from '../../../src/server/storage/snapshot-stream.js';
import { projectRoot } from '../../support/built.js';
import { Member, someSteps } from './support/member.js';
import { treeText } from './support/tree-text.js';
import { Workload } from './support/workload.js';

const TREE_OPTIONS = { extendedTypesEnabled: true, digestEnabled: true };

interface RecordedStream {
  readonly scenario: string;
  readonly seq: number;
  readonly hex: string;
  readonly decoded: {
    readonly sessions: readonly unknown[];
    readonly nodes: readonly { readonly path: string; readonly data: string | null }[];
  };
}

/** Snapshots that servers of several releases have sent each other. */
function recordedStreams(): RecordedStream[] {
  const folder = `${projectRoot}test/vectors/quorum`;
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(`${folder}/${name}`, 'utf8').split('\n'))
    .filter((line) => line.includes('"kind":"SnapshotStream"'))
    .map((line) => JSON.parse(line) as RecordedStream);
}

/** As a network hands it out, noting whether anybody has ended it. */
class Source implements AsyncIterable<Buffer> {
  taken = 0;
  ended = false;
  private readonly chunks: readonly Buffer[];
  private readonly error: Error | null;

  constructor(chunks: readonly Buffer[], error: Error | null = null) {
    this.chunks = chunks;
    this.error = error;
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    return {
      next: async () => {
        const value = this.chunks[this.taken];
        this.taken += 1;
        if (value !== undefined) return { done: false, value };
        if (this.error !== null) throw this.error;
        return { done: true, value: undefined };
      },
      return: async () => {
        this.ended = true;
        return { done: true, value: undefined };
      },
    };
  }
}

async function bytesOf(workload: Pick<Workload, 'tree' | 'sessions'>): Promise<Buffer> {
  const content = { tree: workload.tree.beginSnapshot(), sessions: [...workload.sessions] };
  const chunks = await chunksOf(snapshotStream(content));
  content.tree.close();
  return Buffer.concat(chunks);
}

async function chunksOf(stream: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

function pieces(bytes: Buffer, size: number): Buffer[] {
  const list: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) list.push(bytes.subarray(at, at + size));
  return list;
}

function after(count: number): Workload {
  const workload = new Workload();
  workload.run(someSteps(count));
  return workload;
}

describe('a snapshot on the wire', () => {
  it('ends with the signature, and comes back as it was, however it is cut', async () => {
    const workload = after(60);
    const bytes = await bytesOf(workload);
    expect(bytes.toString('latin1').endsWith('\0\0\0\x01/\0\0\0\x0aBenWasHere')).toBe(true);
    const behind = Buffer.from('what follows');
    for (const size of [1, 7, 1000, 10_000_000]) {
      const source = new Source([...pieces(Buffer.concat([bytes, behind]), size), Buffer.from('later')]);
      const received = await receiveSnapshot(source, toZxid(60), TREE_OPTIONS);
      expect(treeText(received)).toEqual(treeText(workload));
      expect(received.tree.lastProcessedZxid).toBe(60);
      expect(behind.subarray(0, received.rest.length)).toEqual(received.rest);
      expect(source.taken, 'chunks').toBe(Math.ceil((bytes.length + received.rest.length) / size));
      expect(source.ended).toBe(false);
    }
  });

  it('is read as other servers write it, and they would read ours', async () => {
    const streams = recordedStreams();
    expect(streams.length).toBe(9);
    for (const { scenario, seq, hex, decoded } of streams) {
      const bytes = Buffer.from(hex, 'hex');
      const received = await receiveSnapshot(new Source([bytes]), toZxid(0), TREE_OPTIONS);
      const place = `${scenario} ${seq}`;
      expect(received.rest.length, place).toBe(0);
      expect(received.sessions.size, place).toBe(decoded.sessions.length);
      for (const { path, data } of decoded.nodes) {
        expect(received.tree.find(path)?.data?.toString('hex') ?? null, `${place} ${path}`).toBe(data);
      }
      const again = await bytesOf(received);
      expect(again.length, place).toBeLessThanOrEqual(bytes.length);
      expect(treeText(await receiveSnapshot(new Source([again]), toZxid(0), TREE_OPTIONS))).toEqual(treeText(received));
    }
  });

  it('that is cut, or no snapshot, is refused', async () => {
    const bytes = await bytesOf(after(20));
    const refusal = { name: 'StorageError', code: 'BAD_STREAM' };
    for (let length = 0; length < bytes.length; length += 11) {
      const source = new Source([bytes.subarray(0, length)]);
      await expect(receiveSnapshot(source, toZxid(20), TREE_OPTIONS)).rejects.toMatchObject(refusal);
    }
    const unsigned = Buffer.concat([bytes.subarray(0, bytes.length - 1), Buffer.from('E')]);
    await expect(receiveSnapshot(new Source([unsigned]), toZxid(20), TREE_OPTIONS)).rejects.toMatchObject({
      ...refusal,
      message: expect.stringMatching(/"BenWasHerE" stands where "BenWasHere" must/) as string,
    });
    const garbage = Buffer.alloc(5000, 0xff);
    await expect(receiveSnapshot(new Source([garbage]), toZxid(20), TREE_OPTIONS)).rejects.toMatchObject(refusal);
  });

  it('whose source fails, fails with that', async () => {
    const error = new Error('the leader is gone');
    const source = new Source([(await bytesOf(after(20))).subarray(0, 300)], error);
    await expect(receiveSnapshot(source, toZxid(20), TREE_OPTIONS)).rejects.toBe(error);
  });

  it('is of one moment, whatever is applied while it is read', async () => {
    const member = await Member.start(new MemoryDisk());
    await member.epoch(1);
    const workload = new Workload();
    await member.write(workload.run(someSteps(200)));
    const expected = treeText(workload);
    const { tree, sessions } = member.storage.recovered;
    const stream = member.storage.snapshotStream(tree, sessions)!;
    expect(stream.zxid).toBe(200);
    await member.write(workload.run(someSteps(100, 3)));
    const received = await member.storage.receiveSnapshot(stream, stream.zxid);
    expect(treeText(received)).toEqual(expected);
  });

  it('takes turns with the others of its tree, and is over when it was read or given up', async () => {
    const member = await Member.start(new MemoryDisk());
    await member.epoch(1);
    const { tree, sessions } = member.storage.recovered;
    const first = member.storage.snapshotStream(tree, sessions)!;
    expect(member.storage.snapshotStream(tree, sessions)).toBeNull();
    const order: string[] = [];
    const written = member.snapshot().then(() => order.push('written'));
    const freed = member.storage.captureFree(tree).then(() => order.push('freed'));
    order.push('closing');
    first.close();
    first.close();
    await Promise.all([written, freed]);
    expect(order[0]).toBe('closing');
    const second = member.storage.snapshotStream(tree, sessions)!;
    expect((await chunksOf(second)).length).toBe(1);
    const third = member.storage.snapshotStream(tree, sessions)!;
    for await (const chunk of third) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    const fourth = member.storage.snapshotStream(tree, sessions)!;
    fourth.close();
    expect(await chunksOf(fourth)).toEqual([]);
    await member.storage.close();
  });

  it('holds up neither a reload nor a truncation', async () => {
    const member = await Member.start(new MemoryDisk());
    await member.epoch(1);
    const workload = new Workload();
    await member.write(workload.run(someSteps(5)));
    const { tree, sessions } = member.storage.recovered;
    const stream = member.storage.snapshotStream(tree, sessions)!;
    await member.storage.truncate(toZxid(3));
    const { tree: other } = await member.storage.reload();
    expect(member.storage.snapshotStream(other, sessions)).not.toBeNull();
    stream.close();
    await member.storage.close();
  });
});
