import type { Codec } from './codec.js';

/** What a notification (reply header xid -1) carries: int type, int state, ustring path */
export interface WatcherEvent {
  type: number;
  state: number;
  path: string | null;
}

/** int type, int state, ustring path */
export const watcherEventCodec: Codec<WatcherEvent> = {
  read: (reader) => ({ type: reader.int32(), state: reader.int32(), path: reader.ustring() }),
  write: (writer, value) => writer.int32(value.type).int32(value.state).ustring(value.path),
};
