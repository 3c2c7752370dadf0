import { afterAll, describe, expect, it } from 'vitest';
import { decodeRow, encodeRow } from './support/quorum-json.js';
import type { QuorumRow } from './support/quorum-rows.js';
import { quorumFiles, readQuorumRows } from './support/quorum-rows.js';
import { PacketSplitter } from '../../src/protocol/quorum/index.js';

/** As many as were recorded; all of them come back byte for byte, without exception. */
const RECORDED = 4658;

const counts = new Map<string, number>();

describe.each(quorumFiles())('traffic between servers: %s', (scenario) => {
  it('decodes as recorded and encodes back', () => {
    for (const row of readQuorumRows(scenario)) {
      const label = `${scenario} ${row.seq}`;
      const json = decodeRow(row);
      expect(json, label).toEqual(row.decoded);
      expect(encodeRow(row.decoded, row).toString('hex'), label).toBe(row.hex);
      counts.set(row.decoded.kind, (counts.get(row.decoded.kind) ?? 0) + 1);
    }
  });

  it('falls into the same packets however the stream is cut', () => {
    for (const run of packetRuns(readQuorumRows(scenario))) {
      for (const chunkBytes of [1, 7, 64, 1000]) expect(splitAt(run, chunkBytes)).toEqual(run.map((row) => row.hex));
    }
  });
});

afterAll(() => {
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const parts = [...counts].map(([kind, count]) => `${count} ${kind}`);
  console.log(`recorded traffic between servers: ${all} of ${RECORDED} decode and encode back: ${parts.join(', ')}`);
});

it('finds every recorded packet in its folder', () => {
  const rows = quorumFiles().flatMap(readQuorumRows);
  expect(rows).toHaveLength(RECORDED);
});

/** What one side of a connection on the quorum port said, up to a snapshot or from there on. */
function packetRuns(rows: readonly QuorumRow[]): QuorumRow[][] {
  const open = new Map<string, QuorumRow[]>();
  const runs: QuorumRow[][] = [];
  for (const row of rows) {
    const side = `${row.conn} ${row.from}`;
    const run = row.decoded.kind === 'QuorumPacket' ? open.get(side) : undefined;
    if (row.decoded.kind !== 'QuorumPacket') open.delete(side);
    else if (run !== undefined) run.push(row);
    else runs.push(open.set(side, [row]).get(side)!);
  }
  return runs;
}

function splitAt(run: readonly QuorumRow[], chunkBytes: number): string[] {
  const bytes = Buffer.from(run.map((row) => row.hex).join(''), 'hex');
  const splitter = new PacketSplitter({ fieldBytesMax: 2_097_150 });
  const found: string[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    splitter.push(bytes.subarray(at, at + chunkBytes), (view) => {
      found.push(view.buf.toString('hex', view.dataStart - 16, view.end));
      return true;
    });
  }
  return found;
}
