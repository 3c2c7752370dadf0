/** What an event loop does at one moment, in this order: timers, then input, then what waits for the turn to end. */
export const Phase = { timer: 0, input: 1, turnEnd: 2 } as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

/** Something that is going to happen. */
export interface HeapEvent {
  atMs: number;
  readonly phase: Phase;
  /** Grows: what was arranged first comes first. */
  readonly order: number;
}

/** Events by time, phase and order. */
export class EventHeap<Event extends HeapEvent> {
  private readonly events: Event[] = [];

  get size(): number {
    return this.events.length;
  }

  push(event: Event): void {
    const { events } = this;
    let at = events.length;
    events.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = events[parent]!;
      if (!isBefore(event, above)) break;
      events[at] = above;
      at = parent;
    }
    events[at] = event;
  }

  pop(): Event | undefined {
    const { events } = this;
    const first = events[0];
    const last = events.pop();
    if (last !== undefined && last !== first) this.sink(last);
    return first;
  }

  /** Puts an event on top and lets it find its place. */
  private sink(event: Event): void {
    const { events } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && isBefore(events[child + 1]!, events[child]!)) child += 1;
      if (!isBefore(events[child]!, event)) break;
      events[at] = events[child]!;
      at = child;
    }
    events[at] = event;
  }
}

function isBefore(event: HeapEvent, other: HeapEvent): boolean {
  if (event.atMs !== other.atMs) return event.atMs < other.atMs;
  if (event.phase !== other.phase) return event.phase < other.phase;
  return event.order < other.order;
}
