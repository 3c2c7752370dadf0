/** Largest server id: with 0xff in the top byte an owner would read as a TTL (client-protocol 2.4). */
const SERVER_ID_MAX = 0xfe;

const COUNTER_BITS = 16n;
const TIME_MASK = 0x00ff_ffff_ffff_0000n;

/** Hands out session ids: server id, start time, counter. Unique while no two starts fall on the same ms. */
export class SessionIds {
  private last: bigint;

  /** `startMs`: any clock in whole ms that does not go back over a restart; its low 40 bits count. */
  constructor(serverId: number, startMs: number) {
    if (!Number.isInteger(serverId) || serverId < 0 || serverId > SERVER_ID_MAX) {
      throw new RangeError(`serverId ${serverId} is outside 0..${SERVER_ID_MAX}`);
    }
    const first = (BigInt(serverId) << 56n) | ((BigInt(Math.floor(startMs)) << COUNTER_BITS) & TIME_MASK);
    this.last = first - 1n;
  }

  /** As a signed 64-bit number, the way the wire reads it. */
  next(): bigint {
    this.last += 1n;
    const id = BigInt.asIntN(64, this.last);
    return isReserved(id) ? this.next() : id;
  }
}

/** 0 asks for a new session; the lowest number marks containers. */
function isReserved(id: bigint): boolean {
  return id === 0n || id === -(2n ** 63n);
}
