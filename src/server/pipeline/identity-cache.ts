import type { Id } from '../../protocol/acl.js';
import type { PacketView } from '../../protocol/quorum/packet-view.js';

/** Lists kept: clients that are many are mostly of few kinds. */
const PLACES = 16;
const NO_IDENTITIES: readonly Id[] = [];

interface Known {
  readonly bytes: Buffer;
  readonly identities: readonly Id[];
}

/** Reads whom a forwarded request comes from; mostly it has read the same bytes before. */
export class IdentityCache {
  private readonly known: (Known | null)[] = new Array<Known | null>(PLACES).fill(null);

  /** Throws MarshallingError. */
  read(packet: PacketView): readonly Id[] {
    const { buf, dataEnd, end } = packet;
    const length = end - dataEnd;
    const place = (length * 31 + (length > 0 ? buf[end - 1]! : 0)) & (PLACES - 1);
    const known = this.known[place]!;
    if (known !== null && known.bytes.length === length && buf.compare(known.bytes, 0, length, dataEnd, end) === 0) {
      return known.identities;
    }
    const identities = packet.authinfo() ?? NO_IDENTITIES;
    this.known[place] = { bytes: Buffer.from(buf.subarray(dataEnd, end)), identities };
    return identities;
  }
}
