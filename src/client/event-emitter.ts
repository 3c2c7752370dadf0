import { EventEmitter } from 'node:events';
import type { ClientEventName, ClientEvents, ClientListener } from './client-events.js';
import type { Logger } from '../runtime/logger.js';

/** Lifecycle events of one client. A listener that throws is logged; the others, and the connection, do not notice. */
export class ClientEventEmitter {
  private readonly emitter = new EventEmitter();
  private readonly logger: Logger;

  constructor(logger: Logger) {
    this.logger = logger;
    // As many listeners as there are recipes: their number says nothing about a leak.
    this.emitter.setMaxListeners(0);
  }

  on<Name extends ClientEventName>(event: Name, listener: ClientListener<Name>): void {
    this.emitter.on(event, listener as (...args: unknown[]) => void);
  }

  once<Name extends ClientEventName>(event: Name, listener: ClientListener<Name>): void {
    this.emitter.once(event, listener as (...args: unknown[]) => void);
  }

  off<Name extends ClientEventName>(event: Name, listener: ClientListener<Name>): void {
    this.emitter.off(event, listener as (...args: unknown[]) => void);
  }

  emit<Name extends ClientEventName>(event: Name, ...args: ClientEvents[Name]): void {
    for (const listener of this.emitter.rawListeners(event)) {
      try {
        Reflect.apply(listener, undefined, args);
      } catch (error) {
        this.logger.error('a listener of the client threw', { err: error, event });
      }
    }
  }
}
