import { JuteReader } from '../../protocol/jute-reader.js';
import { OpCode } from '../../protocol/op-codes.js';
import { PacketView } from '../../protocol/quorum/packet-view.js';
import { Fifo } from '../../runtime/fifo.js';

/** Where long cxid opcode lies in a REQUEST: behind the session's id and the cxid. */
const OPCODE_OFFSET = 12;

/**
 * One learner's REQUESTs, kept back while a sync that it forwarded before is unanswered. Apache's learners have one line for
 * everything that they forward, syncs among it, and expect SYNC and COMMIT in the order of that line: the COMMIT of a write that was
 * forwarded behind a sync must not come before its SYNC, which here waits for a quorum.
 */
export class RequestBacklog {
  private readonly kept = new Fifo<PacketView>();
  private unansweredSyncs = 0;

  /** False: it is kept, as a copy, and comes with {@link next}. */
  admits(packet: PacketView): boolean {
    if (this.kept.length > 0 || !this.mayGoOn(packet)) {
      this.kept.push(copyOf(packet));
      return false;
    }
    if (isSync(packet)) this.unansweredSyncs++;
    return true;
  }

  /** True: there is more to be handed on. */
  syncAnswered(): boolean {
    this.unansweredSyncs--;
    return this.unansweredSyncs === 0 && this.kept.length > 0;
  }

  /** The oldest one that may be handed on now. */
  next(): PacketView | undefined {
    const head = this.kept.peek();
    if (head === undefined || !this.mayGoOn(head)) return undefined;
    if (isSync(head)) this.unansweredSyncs++;
    return this.kept.shift();
  }

  private mayGoOn(packet: PacketView): boolean {
    return this.unansweredSyncs === 0 || isSync(packet);
  }
}

export function isSync({ buf, dataStart, dataEnd }: PacketView): boolean {
  return new JuteReader(buf, dataStart + OPCODE_OFFSET, dataEnd).int32() === OpCode.sync;
}

function copyOf(packet: PacketView): PacketView {
  const copy = new PacketView();
  copy.type = packet.type;
  copy.zxid = packet.zxid;
  copy.buf = Buffer.from(packet.buf.subarray(packet.dataStart, packet.end));
  copy.dataEnd = packet.dataEnd - packet.dataStart;
  copy.hasData = packet.hasData;
  copy.end = copy.buf.length;
  return copy;
}
