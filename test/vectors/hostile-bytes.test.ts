import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestServer } from '../../src/testing/index.js';
import { startServer } from '../../src/testing/index.js';
import { inSideSession } from './support/side-session.js';
import type { FrameRow } from './support/vector-rows.js';
import { readScenarios, vectorFiles } from './support/vector-rows.js';
import { encodeFrame } from './support/wire-json.js';
import { WireConnection } from './support/wire-connection.js';

// Whatever strangers send costs them their request or their connection, and nobody else anything.

const FRAME_BYTES_MAX = 64 * 1024;
const TIMEOUT_MS = 10_000;

const HANDSHAKE = encodeFrame({
  record: 'ConnectRequest',
  body: {
    protocolVersion: 0,
    lastZxidSeen: '0',
    timeOut: 10_000,
    sessionId: '0',
    passwd: '00'.repeat(16),
    readOnly: false,
  },
});

const requests = vectorFiles('3.8.0')
  .flatMap((file) => readScenarios('3.8.0', file))
  .flatMap(({ rows }) => rows)
  .filter(
    (row): row is FrameRow => row.kind === 'frame' && row.dir === 'c2s' && row.decoded.record !== 'ConnectRequest',
  )
  .flatMap(({ bytes }) => (bytes === null ? [] : [bytes]));

const recorded = fc.constantFrom(...requests);
const anyBytes = fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from(bytes));
const framed = anyBytes.map((payload) => {
  const frame = Buffer.alloc(4 + payload.length);
  frame.writeInt32BE(payload.length);
  payload.copy(frame, 4);
  return frame;
});
/** A recorded request whose bytes behind the length prefix were tampered with. */
const damaged = fc
  .tuple(recorded, fc.array(fc.tuple(fc.nat(), fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0xff)), { maxLength: 5 }))
  .map(([frame, changes]) => {
    const copy = Buffer.from(frame);
    for (const [at, byte] of changes) if (copy.length > 4) copy[4 + (at % (copy.length - 4))] = byte;
    return copy;
  });
const conversation = fc.array(fc.oneof({ weight: 5, arbitrary: damaged }, recorded, framed, anyBytes), {
  minLength: 1,
  maxLength: 12,
});

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ config: { 'jute.maxbuffer': FRAME_BYTES_MAX } });
});

afterAll(() => server.close());

async function ask(bytes: Buffer): Promise<void> {
  const wire = await WireConnection.open(server.port);
  wire.send(bytes);
  wire.finish();
  await wire.untilClosed(TIMEOUT_MS);
}

describe('bytes of strangers', () => {
  it('leave the server serving: as the first bytes of a connection', async () => {
    await fc.assert(
      fc.asyncProperty(anyBytes, async (bytes) => {
        await ask(bytes);
      }),
      { numRuns: 200 },
    );
    await inSideSession(server.port, []);
  });

  it('leave the server serving: as requests of a session', async () => {
    await fc.assert(
      fc.asyncProperty(conversation, async (frames) => {
        await ask(Buffer.concat([HANDSHAKE, ...frames]));
        await inSideSession(server.port, []);
      }),
      { numRuns: 500 },
    );
  });

  it('reserve nothing for lengths that are only claimed', async () => {
    const prefix = Buffer.alloc(4);
    prefix.writeInt32BE(FRAME_BYTES_MAX);
    const before = process.memoryUsage().arrayBuffers;
    const wires = await Promise.all(
      Array.from({ length: 300 }, async () => {
        const wire = await WireConnection.open(server.port);
        wire.send(Buffer.concat([HANDSHAKE, prefix]));
        await wire.frame(TIMEOUT_MS);
        return wire;
      }),
    );
    const after = process.memoryUsage().arrayBuffers;
    for (const wire of wires) wire.close();
    // 300 buffers of the claimed size would be 19 MB; both ends of the connections live in this process.
    expect(after - before).toBeLessThan(10_000_000);
  });
});
