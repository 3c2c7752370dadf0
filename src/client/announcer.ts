import type { Logger } from '../runtime/logger.js';
import type { ConnectedEvent, LostEvent, ServersBehindEvent } from './client-events.js';
import type { AuthFailedError } from './errors.js';
import type { ClientEventEmitter } from './event-emitter.js';
import type { ClientState } from './session.js';

/**
 * Tells the application what becomes of its session: by the events of the client, and in the log. Why a state is about
 * to change is noted first, and told with the change.
 */
export class Announcer {
  private readonly emitter: ClientEventEmitter;
  private readonly logger: Logger;
  private connection: ConnectedEvent | null = null;
  private loss: LostEvent | null = null;
  private authError: AuthFailedError | null = null;
  private wasConnected = false;

  constructor(emitter: ClientEventEmitter, logger: Logger) {
    this.emitter = emitter;
    this.logger = logger;
  }

  attached(connection: ConnectedEvent): void {
    this.connection = connection;
  }

  sessionEnded(loss: LostEvent): void {
    this.loss = loss;
    this.logger.warn('session lost', { ...loss });
  }

  authRefused(error: AuthFailedError): void {
    this.authError = error;
  }

  stateChanged(change: { readonly from: ClientState; readonly to: ClientState }, server: string): void {
    const { emitter } = this;
    const { to } = change;
    this.logger.info('client state changed', { ...change, server });
    emitter.emit('stateChanged', change);
    if (to === 'suspended') emitter.emit('suspended');
    else if (to === 'lost' && this.loss !== null) emitter.emit('lost', this.loss);
    else if (to === 'auth-failed' && this.authError !== null) emitter.emit('authFailed', this.authError);
    else if (to === 'connected' || to === 'read-only') this.connected(to);
  }

  serversBehind(event: ServersBehindEvent): void {
    const what = 'every server hangs up on the handshake: their data may be older than what was seen';
    this.logger.warn(what, { ...event });
    this.emitter.emit('serversBehind', event);
  }

  closed(): void {
    this.emitter.emit('closed');
  }

  private connected(to: 'connected' | 'read-only'): void {
    if (this.connection === null) return;
    const name = to === 'read-only' ? 'readOnly' : this.wasConnected ? 'reconnected' : 'connected';
    this.wasConnected = true;
    this.emitter.emit(name, this.connection);
  }
}
