import type { JuteWriter } from '../../protocol/jute-writer.js';

const SPAN = 0x1_0000_0000;

/** The sum of 32-bit node digests, taken as unsigned, modulo 2^64, without a bigint on the way. */
export class DigestSum {
  private high = 0;
  private low = 0;
  private readonly bits = new DataView(new ArrayBuffer(8));

  add(value: number): void {
    this.low += value >>> 0;
    if (this.low < SPAN) return;
    this.low -= SPAN;
    this.high = (this.high + 1) >>> 0;
  }

  subtract(value: number): void {
    this.low -= value >>> 0;
    if (this.low >= 0) return;
    this.low += SPAN;
    this.high = (this.high - 1) >>> 0;
  }

  copyFrom(other: DigestSum): void {
    this.high = other.high;
    this.low = other.low;
  }

  /** Whether it is this number, given as two halves of any sign. */
  is(high: number, low: number): boolean {
    return this.high === high >>> 0 && this.low === low >>> 0;
  }

  /** Unsigned 64 bits, big endian. */
  writeTo(writer: JuteWriter): void {
    writer.int32(this.high | 0).int32(this.low | 0);
  }

  /** Unsigned 64 bits. */
  value(): bigint {
    this.bits.setUint32(0, this.high);
    this.bits.setUint32(4, this.low);
    return this.bits.getBigUint64(0);
  }
}
