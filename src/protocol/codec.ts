import type { JuteReader } from './jute-reader.js';
import type { JuteWriter } from './jute-writer.js';

/** How one record goes on the wire and comes back. */
export interface Codec<T> {
  /** Goes behind the record. Throws {@link MarshallingError} when the bytes are none. */
  read(reader: JuteReader): T;
  /** Appends the record. */
  write(writer: JuteWriter, value: T): void;
}

/** A record without fields. */
export type Empty = Record<string, never>;

const EMPTY: Empty = Object.freeze({});

/** No bytes in either direction. */
export const emptyCodec: Codec<Empty> = {
  read: () => EMPTY,
  write: () => undefined,
};

/** The codecs of one operation: its request and its reply's body when err is 0. */
export interface OpCodec<Request, Response> {
  readonly request: Codec<Request>;
  readonly response: Codec<Response>;
}
