import type { ServerHost } from '../server-host.js';
import { zxidText } from './zxids.js';

interface Position {
  readonly life: unknown;
  readonly zxid: number;
}

export interface SameStatesOptions {
  /** Whether a quorum's devices have a transaction. */
  readonly isSafe: (zxid: number) => boolean;
  readonly violated: (rule: string, message: string) => void;
}

/**
 * After every step: servers that have got to the same transaction have the same tree; who serves never goes back, and serves
 * nothing that could still be cut off.
 */
export class SameStates {
  private readonly options: SameStatesOptions;
  private readonly digests = new Map<number, bigint>();
  private readonly positions = new Map<number, Position>();

  constructor(options: SameStatesOptions) {
    this.options = options;
  }

  see(host: Pick<ServerHost, 'sid' | 'address' | 'state'>): void {
    const { state, sid, address } = host;
    if (state === null) {
      this.positions.delete(sid);
      return;
    }
    const { zxid, life } = state;
    const before = this.positions.get(sid);
    if (before !== undefined && before.life === life && before.zxid === zxid) return;
    if (before !== undefined && before.life === life && before.zxid > zxid) {
      this.options.violated(
        'zxids grow',
        `${address} went from ${zxidText(before.zxid)} to ${zxidText(zxid)} while it served`,
      );
    }
    this.positions.set(sid, { life, zxid });
    if (!this.options.isSafe(zxid)) {
      const what = `${address} serves ${zxidText(zxid)}, which no quorum has on its devices`;
      this.options.violated('nothing is served that can be lost', what);
    }
    const { digest } = state;
    if (digest === null) return;
    const known = this.digests.get(zxid);
    if (known === undefined) this.digests.set(zxid, digest);
    else if (known !== digest) {
      this.options.violated('one tree a zxid', `${address} has another tree at ${zxidText(zxid)} than was seen before`);
    }
  }
}
