import { ZXID_NONE } from '../../protocol/zxid.js';
import type { LogEntry } from '../pipeline/txn-log.js';
import type { EntryInPlace } from '../zab/entry.js';
import type { Writable } from '../zab/writable.js';

/** Entries as the log takes them: one object for all, over bytes of which most lie in the same chunk as the last. */
export class LogEntries {
  private bytes: Uint8Array = new Uint8Array(0);
  private readonly entry: Writable<LogEntry> = {
    zxid: ZXID_NONE,
    view: new DataView(new ArrayBuffer(0)),
    start: 0,
    end: 0,
  };

  of({ zxid, bytes, start, end }: EntryInPlace): LogEntry {
    const { entry } = this;
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      entry.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    entry.zxid = zxid;
    entry.start = start;
    entry.end = end;
    return entry;
  }
}
