import type { FrameRow } from './vector-rows.js';
import type { WireConnection } from './wire-connection.js';

/** One connection of a scenario, with what the replay must remember of it. */
export class ReplayLink {
  readonly wire: WireConnection;
  /** The newest zxid that a reply carried. */
  lastZxid = 0n;
  /** A ConnectRequest went out: another one needs another connection. */
  isHandshaken = false;
  /** The next bytes could not be a request: a part of a frame was sent, or the session is closing. */
  isMute = false;
  /** What went out that was no frame. */
  rawSent = '';
  /** Replies that others overtook, in the order of their rows. */
  readonly overtaken: FrameRow[] = [];
  readonly #paths = new Map<number, string | null>();

  constructor(wire: WireConnection) {
    this.wire = wire;
  }

  asked(xid: number, path: string | null): void {
    this.#paths.set(xid, path);
  }

  /** The path that the last request with this xid named. */
  pathOf(xid: number): string | null {
    return this.#paths.get(xid) ?? null;
  }
}
