import { JuteWriter } from '../../protocol/jute-writer.js';

export const ROOM_BYTES = 64 * 1024;

/** Some entries of the log, one behind the other. */
export class EntryRoom {
  readonly writer = new JuteWriter(ROOM_BYTES);
  /** Entries that are still looked at. */
  inUse = 0;
}
