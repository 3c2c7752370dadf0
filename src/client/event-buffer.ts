import { Fifo } from '../runtime/fifo.js';
import type { WatchEvent } from './watch-event.js';

type Take = (result: IteratorResult<WatchEvent, undefined>) => void;

/**
 * What a watch has to tell a reader that is not always there. It never grows beyond its bound: a `resync` replaces what it
 * makes moot, and events that do not fit collapse into one. Only the last event is told whatever the room.
 */
export class EventBuffer {
  private readonly events = new Fifo<WatchEvent>();
  private readonly takers = new Fifo<Take>();
  private readonly eventsMax: number;
  private isEnded = false;

  constructor(eventsMax: number) {
    this.eventsMax = eventsMax;
  }

  /** `path`: what a resync is about, should there be no room. */
  push(event: WatchEvent, path: string): void {
    if (this.isEnded) return;
    const take = this.takers.shift();
    if (take !== undefined) {
      take({ done: false, value: event });
      return;
    }
    const isFull = this.events.length >= this.eventsMax;
    if (event.type === 'resync' || isFull) this.events.drain();
    if (isFull) this.events.push({ type: 'resync', path });
    if (!isFull || isLast(event)) this.events.push(event);
  }

  /** After the last event. What is buffered can still be read. */
  end(): void {
    this.isEnded = true;
    for (const take of this.takers.drain()) take({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<WatchEvent, undefined>> {
    const event = this.events.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.isEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.takers.push(resolve));
  }
}

function isLast({ type }: WatchEvent): boolean {
  return type === 'sessionLost' || type === 'closed';
}
