import type { Zxid } from '../../protocol/zxid.js';
import { STREAM_SIGNATURE } from './snapshot-format.js';
import { bodyWriter, writeBody, type SnapshotContent } from './snapshot-writer.js';

/**
 * What follows a SNAP packet (quorum-protocol 3.6), as a learner of any kind can read it: one moment of this server, with nothing
 * in it of later transactions, and every ACL that a node names.
 *
 * To be iterated once. It must be closed: until then the tree keeps copies of what changes, and no other snapshot of it can begin.
 */
export class SnapshotStream implements AsyncIterable<Buffer> {
  /** The zxid of the SNAP packet: everything up to it is in the stream. */
  readonly zxid: Zxid;
  private readonly content: SnapshotContent;
  private onClose: (() => void) | null;

  /** @internal Storage makes them. */
  constructor(content: SnapshotContent, onClose: () => void) {
    this.content = content;
    this.zxid = content.tree.zxid;
    this.onClose = onClose;
  }

  /** Chunks of about 256 KiB, encoded as they are asked for. However it ends, it closes. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      if (this.onClose !== null) yield* snapshotStream(this.content);
    } finally {
      this.close();
    }
  }

  /** Gives up what has not been read. Does nothing the second time. */
  close(): void {
    const { onClose } = this;
    this.onClose = null;
    onClose?.();
  }
}

/** The bytes alone. The caller closes the content's tree. */
export async function* snapshotStream(content: SnapshotContent): AsyncGenerator<Buffer> {
  const writer = bodyWriter();
  const body = writeBody(writer, content);
  while (body.next().done !== true) yield writer.take();
  writer.ustring(STREAM_SIGNATURE);
  yield writer.take();
}
