/** One way between two addresses, over which all that one says to the other goes. */
export interface Road {
  /** Nothing gets through before this moment. */
  readonly blockedUntilMs: number;
  /** Everything takes so many times longer. */
  readonly slowness: number;
  /** Calls back when a road that was blocked for good is open again. */
  whenOpen(fn: () => void): void;
}

class Place {
  cutOffUntilMs = -Infinity;
}

class PlainRoad implements Road {
  slowness = 1;
  closedUntilMs = -Infinity;
  private readonly from: Place;
  private readonly to: Place;
  private waiting: (() => void)[] = [];

  constructor(from: Place, to: Place) {
    this.from = from;
    this.to = to;
  }

  get blockedUntilMs(): number {
    return Math.max(this.closedUntilMs, this.from.cutOffUntilMs, this.to.cutOffUntilMs);
  }

  whenOpen(fn: () => void): void {
    this.waiting.push(fn);
  }

  open(): void {
    this.closedUntilMs = -Infinity;
    this.slowness = 1;
  }

  wake(): void {
    if (this.blockedUntilMs === Infinity) return;
    for (const fn of this.waiting.splice(0)) fn();
  }
}

/** All ways between all addresses. Each can be blocked by itself: that A does not hear B says nothing of B and A. */
export class RoadMap {
  private readonly places = new Map<string, Place>();
  private readonly roads = new Map<string, PlainRoad>();

  road(from: string, to: string): Road {
    return this.plain(from, to);
  }

  /** From one address to the other, not back. */
  block(from: string, to: string, untilMs: number): void {
    const road = this.plain(from, to);
    road.closedUntilMs = Math.max(road.closedUntilMs, untilMs);
  }

  /** Nothing gets to an address or away from it. */
  cutOff(address: string, untilMs: number): void {
    const place = this.place(address);
    place.cutOffUntilMs = Math.max(place.cutOffUntilMs, untilMs);
  }

  /** Both ways. */
  slowDown(a: string, b: string, slowness: number): void {
    this.plain(a, b).slowness = slowness;
    this.plain(b, a).slowness = slowness;
  }

  /** Both ways are open as ever. */
  heal(a: string, b: string): void {
    for (const road of [this.plain(a, b), this.plain(b, a)]) {
      road.open();
      road.wake();
    }
  }

  /** Everything is open. */
  healAll(): void {
    for (const place of this.places.values()) place.cutOffUntilMs = -Infinity;
    for (const road of this.roads.values()) road.open();
    for (const road of this.roads.values()) road.wake();
  }

  private plain(from: string, to: string): PlainRoad {
    const name = `${from}>${to}`;
    let road = this.roads.get(name);
    if (road === undefined) {
      road = new PlainRoad(this.place(from), this.place(to));
      this.roads.set(name, road);
    }
    return road;
  }

  private place(address: string): Place {
    let place = this.places.get(address);
    if (place === undefined) {
      place = new Place();
      this.places.set(address, place);
    }
    return place;
  }
}
