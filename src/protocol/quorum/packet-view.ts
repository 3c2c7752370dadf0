import type { Id } from '../acl.js';
import { JuteReader } from '../jute-reader.js';
import { ZXID_NONE } from '../zxid.js';
import { readId } from './quorum-packet.js';

const NOTHING = Buffer.alloc(0);

/** A packet where it lies in the chunk: one object that shows each in turn, valid until the handler returns. */
export class PacketView {
  type = 0;
  /** -1 where there is none. */
  zxid = ZXID_NONE;
  buf: Buffer = NOTHING;
  /** Where the data lies in `buf`. */
  dataStart = 0;
  dataEnd = 0;
  /** False: the data is null, which is not the same as empty. */
  hasData = false;
  /** Where the packet ends. */
  end = 0;
  private readonly fields = new JuteReader(NOTHING);

  /** Over the data: the same reader for every packet. */
  reader(): JuteReader {
    return this.fields.turnTo(this.buf, this.dataStart, this.dataEnd);
  }

  /** A copy of the data. */
  data(): Buffer | null {
    return this.hasData ? Buffer.from(this.buf.subarray(this.dataStart, this.dataEnd)) : null;
  }

  /** Read anew by each call; null where the packet has none. */
  authinfo(): Id[] | null {
    return new JuteReader(this.buf, this.dataEnd, this.end).vector(readId);
  }
}
