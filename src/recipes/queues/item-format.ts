/** Four bytes at the beginning of every item of Curator's queues. */
const VERSION = 0x0001_0001;
const ITEM = 1;
const END = 2;
const VERSION_BYTES = 4;
const LENGTH_BYTES = 4;

/** The content of an item's node: any number of payloads, as Curator writes them. */
export function encodeItems(payloads: readonly Uint8Array[]): Buffer {
  const bodies = payloads.reduce((sum, { length }) => sum + 1 + LENGTH_BYTES + length, 0);
  const data = Buffer.alloc(VERSION_BYTES + bodies + 1);
  let at = data.writeInt32BE(VERSION);
  for (const payload of payloads) {
    at = data.writeUInt8(ITEM, at);
    at = data.writeInt32BE(payload.length, at);
    data.set(payload, at);
    at += payload.length;
  }
  data.writeUInt8(END, at);
  return data;
}

/** The payloads of a node, or why they cannot be read. */
export function decodeItems(data: Buffer): readonly Buffer[] | { readonly fault: string } {
  if (data.length < VERSION_BYTES) return { fault: `${data.length} bytes are too few` };
  const version = data.readInt32BE();
  if (version !== VERSION)
    return { fault: `its format is 0x${(version >>> 0).toString(16)}, not 0x${VERSION.toString(16)}` };
  const payloads: Buffer[] = [];
  let at = VERSION_BYTES;
  for (;;) {
    if (at >= data.length) return { fault: 'it has no end' };
    const code = data.readUInt8(at);
    at += 1;
    if (code === END) return payloads;
    if (code !== ITEM) return { fault: `byte ${at - 1} is ${code}, where 1 or 2 should be` };
    if (data.length - at < LENGTH_BYTES) return { fault: 'it ends in the middle of a length' };
    const length = data.readInt32BE(at);
    at += LENGTH_BYTES;
    if (length < 0 || length > data.length - at) return { fault: `a payload of ${length} bytes does not fit` };
    payloads.push(data.subarray(at, at + length));
    at += length;
  }
}
