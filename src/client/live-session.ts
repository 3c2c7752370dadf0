import { SessionExpiredError } from './errors.js';
import { openController } from './open-controller.js';
import type { Session } from './session.js';

/** A session and the switch of its signal. */
export class LiveSession implements Session {
  readonly id: bigint;
  private readonly controller = openController();

  constructor(id: bigint) {
    this.id = id;
  }

  /** What there is before the first session. */
  static none(): LiveSession {
    const session = new LiveSession(0n);
    session.end(new SessionExpiredError({ message: 'no session was opened yet' }));
    return session;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  end(reason: Error): void {
    this.controller.abort(reason);
  }
}
