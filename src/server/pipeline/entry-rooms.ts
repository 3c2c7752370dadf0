import { EntryRoom, ROOM_BYTES } from './entry-room.js';

/** Longer entries have no room. */
export const ENTRY_BYTES_MAX = 8 * 1024;
/** Rooms kept for later. */
const SPARE_MAX = 4;

/**
 * Holds the log's entries of transactions that are not applied yet, so that a set takes no Buffer of its own: these come
 * and go one after the other, and a room that nobody looks at any more is written anew.
 */
export class EntryRooms {
  private current = new EntryRoom();
  private readonly spare: EntryRoom[] = [];

  /** A room to write one entry of at most `bytes` to: give it back when the entry is not looked at any more. */
  take(bytes: number): EntryRoom {
    if (this.current.inUse === 0) this.current.writer.truncate(0);
    if (this.current.writer.length + bytes > ROOM_BYTES) this.current = this.spare.pop() ?? new EntryRoom();
    this.current.inUse++;
    return this.current;
  }

  giveBack(room: EntryRoom): void {
    room.inUse--;
    if (room.inUse > 0 || room === this.current || this.spare.length === SPARE_MAX) return;
    room.writer.truncate(0);
    this.spare.push(room);
  }
}
