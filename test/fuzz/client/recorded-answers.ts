import { opName } from '../../../src/protocol/op-codes.js';
import type { SeededRandom } from '../../support/seeded-random.js';
import { readScenarios, vectorFiles } from '../../vectors/support/vector-rows.js';
import type { FrameRow } from '../../vectors/support/vector-rows.js';

const PREFIX_BYTES = 4;
const REPLY_HEADER_BYTES = 16;
/** Longer recordings teach nothing more, and cost as much as a hundred others. */
const RECORDED_BYTES_MAX = 2048;

const rows = (['3.8.0', 'master'] as const)
  .flatMap((set) => vectorFiles(set).flatMap((file) => readScenarios(set, file)))
  .flatMap((scenario) => scenario.rows)
  .filter((row): row is FrameRow => row.kind === 'frame' && row.dir === 's2c')
  .filter(({ totalBytes }) => totalBytes <= RECORDED_BYTES_MAX);

/** What real servers answered to ConnectRequests, without the length in front. */
const handshakes = payloads((row) => row.decoded.record === 'ConnectResponse');
const notifications = payloads((row) => row.decoded.record === 'Notification');
const bodies = new Map<string, Buffer[]>();
for (const row of rows) {
  const { record, op, err } = row.decoded;
  if (record !== 'Reply' || err !== 'OK' || typeof op !== 'string' || row.bytes === null) continue;
  const body = row.bytes.subarray(PREFIX_BYTES + REPLY_HEADER_BYTES);
  bodies.set(op, [...(bodies.get(op) ?? []), body]);
}
const allBodies = [...bodies.values()].flat();

function payloads(wanted: (row: FrameRow) => boolean): Buffer[] {
  return rows.flatMap((row) => (wanted(row) && row.bytes !== null ? [row.bytes.subarray(PREFIX_BYTES)] : []));
}

/** The body of a recorded answer to a request of this kind; any other's where none was recorded. */
export function recordedBody(op: number, random: SeededRandom): Buffer {
  return random.pick(bodies.get(opName(op) ?? '') ?? allBodies);
}

export function anyRecordedBody(random: SeededRandom): Buffer {
  return random.pick(allBodies);
}

export function recordedHandshake(random: SeededRandom): Buffer {
  return random.pick(handshakes);
}

/** Header and body of a recorded watch event. */
export function recordedNotification(random: SeededRandom): Buffer {
  return random.pick(notifications);
}
