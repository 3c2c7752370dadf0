import { JuteReader } from '../jute-reader.js';
import { JuteWriter } from '../jute-writer.js';
import { PeerState } from './peer-state.js';

/** What we say, and whoever says it adds its configuration. */
export const NOTIFICATION_VERSION = 2;

const OLDEST_BYTES = 28;
const WITH_VERSION_BYTES = 40;

/** The only message of an election (quorum-protocol 2.2). */
export interface Notification {
  /** Of the sender. */
  readonly state: PeerState;
  /** Who is to lead; NO_VOTE from one that has no vote. */
  readonly leader: number;
  /** Last zxid of who is to lead. */
  readonly zxid: number;
  /** `electionEpoch`: which of its elections the sender is in. */
  readonly round: number;
  /** Epoch of who is to lead. */
  readonly peerEpoch: number;
  /** Null: 3.3 and older, which end before it. */
  readonly formatVersion: number | null;
  /** Text of the sender's current configuration; null from 3.4 and older. */
  readonly config: string | null;
}

/**
 * int state, long leader, long zxid, long electionEpoch [, long peerEpoch, int version [, int n, n bytes config]].
 * Null for what has none of these forms: it is skipped, never an error (ZOOKEEPER-3769).
 */
export function decodeNotification(bytes: Buffer, start: number, end: number): Notification | null {
  const length = end - start;
  if (length < OLDEST_BYTES || (length > OLDEST_BYTES && length < WITH_VERSION_BYTES)) return null;
  const reader = new JuteReader(bytes, start, end);
  const state = reader.int32();
  if (!isPeerState(state)) return null;
  const vote = { state, leader: reader.long(), zxid: reader.long(), round: reader.long() };
  if (length === OLDEST_BYTES) {
    return { ...vote, peerEpoch: Math.floor(vote.zxid / 2 ** 32), formatVersion: null, config: null };
  }
  const peerEpoch = reader.long();
  const formatVersion = reader.int32();
  if (length === WITH_VERSION_BYTES || formatVersion < NOTIFICATION_VERSION) {
    return { ...vote, peerEpoch, formatVersion, config: null };
  }
  if (reader.remaining < 4) return null;
  const configBytes = reader.int32();
  if (configBytes < 0 || configBytes > reader.remaining) return null;
  return { ...vote, peerEpoch, formatVersion, config: bytes.toString('utf8', reader.pos, reader.pos + configBytes) };
}

/** With the length before it, as it goes over the wire. */
export function encodeNotificationFrame(notification: Notification): Buffer {
  const { state, leader, zxid, round, peerEpoch, formatVersion, config } = notification;
  const writer = new JuteWriter(256);
  const lengthAt = writer.beginFrame();
  writer.int32(state).long(leader).long(zxid).long(round);
  if (formatVersion !== null) {
    writer.long(peerEpoch).int32(formatVersion);
    if (config !== null) writer.ustring(config);
  }
  return writer.endFrame(lengthAt).take();
}

function isPeerState(state: number): state is PeerState {
  return state >= PeerState.LOOKING && state <= PeerState.OBSERVING;
}
