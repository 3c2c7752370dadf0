import { MarshallingError } from '../errors.js';
import { JuteReader } from '../jute-reader.js';
import { JuteWriter } from '../jute-writer.js';

/** What stands in the place of a sid when there is more than a sid. */
export const InitialProtocol = { V1: -65536, V2: -65535 } as const;

/** A server of 3.4 that calls itself so is an observer without an id. */
export const ANONYMOUS_SID = 2 ** 63;

const ADDRESS_BYTES_MAX = 2048;
const SID_BYTES = 8;

/** The first that a server says on an election connection it has opened (quorum-protocol 2.1). */
export interface InitialMessage {
  /** Null: 3.4, which says its sid alone. V2 may have several addresses. */
  readonly protocol: number | null;
  readonly sid: number;
  /** Where to call it back, `host:electionPort` each, IPv6 in brackets. Empty from 3.4. */
  readonly addresses: readonly string[];
}

/** bare: long sid; V1, V2: long protocol, long sid, int n, n bytes `host:port[|host:port...]` */
export function encodeInitialMessage({ protocol, sid, addresses }: InitialMessage): Buffer {
  if (protocol === null) return new JuteWriter(SID_BYTES).long(sid).take();
  return new JuteWriter(64).long(protocol).long(sid).ustring(addresses.join('|')).take();
}

/** How it was read, and where it ended. */
export interface ReadInitialMessage {
  readonly message: InitialMessage;
  readonly end: number;
}

/** Null: it is not all there. Throws MarshallingError for what no server says. */
export function readInitialMessage(bytes: Buffer, start = 0): ReadInitialMessage | null {
  const reader = new JuteReader(bytes, start);
  if (reader.remaining < SID_BYTES) return null;
  const first = reader.long();
  if (first >= 0) return { message: { protocol: null, sid: first, addresses: [] }, end: reader.pos };
  if (first !== InitialProtocol.V1 && first !== InitialProtocol.V2) {
    throw new MarshallingError(`election protocol ${first} is unknown`);
  }
  if (reader.remaining < SID_BYTES + 4) return null;
  const sid = reader.long();
  const length = reader.int32();
  if (length <= 0 || length > ADDRESS_BYTES_MAX) {
    throw new MarshallingError(`${length} bytes of addresses, where 1 to ${ADDRESS_BYTES_MAX} are allowed`);
  }
  if (reader.remaining < length) return null;
  const end = reader.pos + length;
  const text = bytes.toString('utf8', reader.pos, end);
  return { message: { protocol: first, sid, addresses: text.split('|') }, end };
}
