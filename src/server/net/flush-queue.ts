import { WriterRoom } from '../../protocol/writer-room.js';
import type { Timers } from '../../runtime/index.js';

/** Something with bytes to send. */
export interface Flushable {
  flush(): void;
}

const ROOM_BYTES = 1024;
/** A room that has grown beyond this is not kept. */
const ROOM_BYTES_MAX = 1024 * 1024;
/** Of all rooms that are kept for the next turn, however many connections there are. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Gathers the sockets that have something to send and flushes each once, when the turn of the event loop ends: one
 * write per link and turn, however many answers and events it got. Lends them the room to write in, too: a few rooms that
 * have grown as large as answers get serve all, and a connection that is idle holds none.
 */
export class FlushQueue {
  private readonly timers: Timers;
  private dirty: Flushable[] = [];
  private spare: Flushable[] = [];
  private readonly rooms: WriterRoom[] = [];
  private keptBytes = 0;
  private scheduled = false;
  private isHeld = false;

  constructor(timers: Timers) {
    this.timers = timers;
  }

  add(item: Flushable): void {
    this.dirty.push(item);
    if (!this.isHeld) this.schedule();
  }

  /** Nothing is flushed, nor is it arranged, before {@link release}. */
  hold(): void {
    this.isHeld = true;
  }

  /** `atOnce`: without waiting for the turn to end, which a lone client would only wait for. */
  release(atOnce: boolean): void {
    this.isHeld = false;
    if (this.dirty.length === 0) return;
    if (atOnce) this.flush();
    else this.schedule();
  }

  takeRoom(): WriterRoom {
    const room = this.rooms.pop();
    if (room === undefined) return new WriterRoom(ROOM_BYTES);
    this.keptBytes -= room.bytes.length;
    return room;
  }

  giveRoom(room: WriterRoom): void {
    const { length } = room.bytes;
    if (length > ROOM_BYTES_MAX || this.keptBytes + length > KEPT_BYTES_MAX) return;
    this.keptBytes += length;
    this.rooms.push(room);
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.timers.atTurnEnd(this.run);
  }

  private readonly run = (): void => {
    this.scheduled = false;
    this.flush();
  };

  /** Sends what there is. */
  flush(): void {
    const { dirty } = this;
    this.dirty = this.spare;
    for (const item of dirty) item.flush();
    dirty.length = 0;
    this.spare = dirty;
  }
}
