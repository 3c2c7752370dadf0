export interface Frame {
  /** The whole frame, its four bytes of length included. */
  readonly bytes: Buffer;
  /** The first frame of a direction is the handshake, which has no xid. */
  readonly isFirst: boolean;
}

/** Cuts a byte stream into length-prefixed frames. Independent of the product's own splitter, for tests of it. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);
  #isFirst = true;

  push(chunk: Buffer): Frame[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    while (this.#rest.length >= 4) {
      const end = 4 + this.#rest.readInt32BE(0);
      if (this.#rest.length < end) break;
      frames.push({ bytes: this.#rest.subarray(0, end), isFirst: this.#isFirst });
      this.#isFirst = false;
      this.#rest = this.#rest.subarray(end);
    }
    return frames;
  }
}
