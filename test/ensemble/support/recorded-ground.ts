import type { SpawnOptions } from '../../support/tracked-process.js';
import type { Address, Ground, Place } from './ground.js';

/** A ground of whatever kind, and what is cut on it. */
export class RecordedGround implements Ground {
  readonly kind: Ground['kind'];
  readonly reset: Ground['reset'];
  private readonly ground: Ground;
  private readonly silences = new Set<string>();

  constructor(ground: Ground) {
    this.ground = ground;
    this.kind = ground.kind;
    this.reset = ground.reset;
  }

  /** Whether each hears what the other says. */
  joins(a: Place, b: Place): boolean {
    return !this.silences.has(wayOf(a, b)) && !this.silences.has(wayOf(b, a));
  }

  address(server: Place, from: Place): Address {
    return this.ground.address(server, from);
  }

  placed(server: Place, command: SpawnOptions): SpawnOptions {
    return this.ground.placed(server, command);
  }

  async silence(from: Place, to: Place): Promise<void> {
    this.silences.add(wayOf(from, to));
    await this.ground.silence(from, to);
  }

  async heal(): Promise<void> {
    await this.ground.heal();
    this.silences.clear();
  }

  close(): Promise<void> {
    return this.ground.close();
  }
}

function wayOf(from: Place, to: Place): string {
  return `${from} to ${to}`;
}
