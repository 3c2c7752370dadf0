import type { ServerHost } from '../server-host.js';
import { zxidText } from './zxids.js';

interface Position {
  readonly life: unknown;
  readonly zxid: number;
}

/** After every step: servers that have got to the same transaction have the same tree, and who serves never goes back. */
export class SameStates {
  private readonly violated: (rule: string, message: string) => void;
  private readonly digests = new Map<number, bigint>();
  private readonly positions = new Map<number, Position>();

  constructor(violated: (rule: string, message: string) => void) {
    this.violated = violated;
  }

  see(host: ServerHost): void {
    const { state, sid, address } = host;
    if (state === null) {
      this.positions.delete(sid);
      return;
    }
    const { zxid, life } = state;
    const before = this.positions.get(sid);
    if (before !== undefined && before.life === life && before.zxid === zxid) return;
    if (before !== undefined && before.life === life && before.zxid > zxid) {
      this.violated('zxids grow', `${address} went from ${zxidText(before.zxid)} to ${zxidText(zxid)} while it served`);
    }
    this.positions.set(sid, { life, zxid });
    const { digest } = state;
    if (digest === null) return;
    const known = this.digests.get(zxid);
    if (known === undefined) this.digests.set(zxid, digest);
    else if (known !== digest) {
      this.violated('one tree a zxid', `${address} has another tree at ${zxidText(zxid)} than was seen before`);
    }
  }
}
