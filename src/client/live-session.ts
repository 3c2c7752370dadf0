import { setMaxListeners } from 'node:events';
import { SessionExpiredError } from './errors.js';
import type { Session } from './session.js';

/** A session and the switch of its signal. */
export class LiveSession implements Session {
  readonly id: bigint;
  private readonly controller = new AbortController();

  constructor(id: bigint) {
    this.id = id;
    // Every lock and leader of the process may listen to it.
    setMaxListeners(0, this.controller.signal);
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
