const NOTHING = Buffer.alloc(0);

/** What a writer writes into. Lent and given back, so that a thousand writers can share a few. */
export class WriterRoom {
  readonly bytes: Buffer;
  readonly numbers: DataView;

  constructor(size: number) {
    this.bytes = size === 0 ? NOTHING : Buffer.allocUnsafeSlow(size);
    this.numbers = new DataView(this.bytes.buffer, this.bytes.byteOffset, size);
  }
}
