import type { Client } from '../../../src/client/index.js';

/** Where a crowd gathers. */
export interface HerdStage {
  /** Under which the case has its nodes; nobody else does. */
  readonly path: string;
  /** New sessions, all connected. They are closed when the case is over. */
  clients(count: number): Promise<Client[]>;
  /** Resolves when the node has so many children. */
  children(path: string, count: number): Promise<void>;
}

/** A crowd that waits, or is about to. */
export interface HerdCrowd {
  readonly steps: number;
  /** One release, hand-over or item. Resolves when whoever is next has come to know. */
  readonly step: () => Promise<void>;
}

/** Watch events and requests of one step; from as many as wait. */
export interface HerdCase {
  /** As the Java program knows it. */
  readonly id: string;
  /** The recipe's class. */
  readonly recipe: string;
  /** What a step is, for the table. */
  readonly step: string;
  /** What a step may cost at most, events. */
  readonly eventsMax: (waiters: number) => number;
  /** Makes a crowd with so many who wait. */
  gather(stage: HerdStage, waiters: number): Promise<HerdCrowd>;
}
