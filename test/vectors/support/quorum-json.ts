import { JuteReader, JuteWriter } from '../../../src/protocol/index.js';
import type { Notification, PeerState as State } from '../../../src/protocol/quorum/index.js';
import {
  decodeNotification,
  encodeInitialMessage,
  encodeNotificationFrame,
  PeerState,
  QUORUM_AUTH_MAGIC,
  readInitialMessage,
  readQuorumAuthPacket,
  writeQuorumAuthPacket,
} from '../../../src/protocol/quorum/index.js';
import { encodePacket, packetJson, wayOf } from './quorum-packet-json.js';
import type { QuorumRow } from './quorum-rows.js';
import { bufferOf, hex64, hexOf, numberOf } from './quorum-scalars.js';
import { encodeSnapshotStream, snapshotStreamJson } from './snapshot-stream-json.js';
import type { JsonObject } from './vector-rows.js';

const STATE_NAMES = new Map<number, string>(Object.entries(PeerState).map(([name, state]) => [state, name]));
const STATES = new Map<string, State>(Object.entries(PeerState));

/** A recorded message decoded by the product's codecs into the JSON form of the recordings. */
export function decodeRow(row: QuorumRow): JsonObject {
  const bytes = Buffer.from(row.hex, 'hex');
  switch (row.decoded.kind) {
    case 'InitialMessage':
      return initialJson(bytes);
    case 'Notification':
      return notificationJson(bytes);
    case 'QuorumPacket':
      return packetJson(bytes, wayOf(row));
    case 'SnapshotStream': {
      const reader = new JuteReader(bytes);
      return wholly(reader, snapshotStreamJson(reader));
    }
    case 'QuorumAuthPacket': {
      const reader = new JuteReader(bytes);
      const { status, token } = readQuorumAuthPacket(reader);
      const magic = hex64(QUORUM_AUTH_MAGIC);
      return wholly(reader, { kind: 'QuorumAuthPacket', magic, status, token: hexOf(token) });
    }
  }
}

/** The inverse of {@link decodeRow}; the row tells only which way it went. */
export function encodeRow(json: JsonObject, row: QuorumRow): Buffer {
  switch (row.decoded.kind) {
    case 'InitialMessage':
      return encodeInitial(json);
    case 'Notification':
      return encodeNotificationFrame(notificationOf(json));
    case 'QuorumPacket':
      return encodePacket(json, wayOf(row));
    case 'SnapshotStream':
      return encodeSnapshotStream(json);
    case 'QuorumAuthPacket': {
      const writer = new JuteWriter();
      writeQuorumAuthPacket(writer, { status: json['status'] as number, token: bufferOf(json['token']) });
      return writer.take();
    }
  }
}

function wholly(reader: JuteReader, json: JsonObject): JsonObject {
  if (reader.remaining !== 0) throw new Error(`${reader.remaining} bytes were not read`);
  return json;
}

function initialJson(bytes: Buffer): JsonObject {
  const read = readInitialMessage(bytes);
  if (read === null || read.end !== bytes.length) throw new Error('not exactly one initial message');
  const { protocol, sid, addresses } = read.message;
  const known = {
    kind: 'InitialMessage',
    protocolVersion: protocol === null ? null : String(protocol),
    sid: String(sid),
  };
  return protocol === null ? known : { ...known, addresses };
}

function encodeInitial(json: JsonObject): Buffer {
  const protocol = json['protocolVersion'];
  return encodeInitialMessage({
    protocol: protocol === null ? null : numberOf(protocol),
    sid: numberOf(json['sid']),
    addresses: (json['addresses'] ?? []) as readonly string[],
  });
}

function notificationJson(bytes: Buffer): JsonObject {
  const length = bytes.readInt32BE(0);
  const found = decodeNotification(bytes, 4, bytes.length);
  if (found === null || length !== bytes.length - 4) throw new Error('not exactly one notification');
  const known = {
    kind: 'Notification',
    length,
    state: STATE_NAMES.get(found.state)!,
    leader: String(BigInt(found.leader)),
    zxid: hex64(found.zxid),
    electionEpoch: hex64(found.round),
    peerEpoch: hex64(found.peerEpoch),
    formatVersion: found.formatVersion,
  };
  return found.config === null ? known : { ...known, config: found.config };
}

/** The JSON of a recorded notification as the record it stands for. */
export function notificationOf(json: JsonObject): Notification {
  return {
    state: STATES.get(json['state'] as string)!,
    leader: numberOf(json['leader']),
    zxid: numberOf(json['zxid']),
    round: numberOf(json['electionEpoch']),
    peerEpoch: numberOf(json['peerEpoch']),
    formatVersion: json['formatVersion'] as number | null,
    config: (json['config'] ?? null) as string | null,
  };
}
