/** A simulated world came to no good end: its program does not end, or a server broke a promise. */
export class SimulationError extends Error {
  /** That plays the same world again. */
  readonly seed: number;

  /** @internal Made by the simulator. */
  constructor(seed: number, what: string) {
    super(`${what} (seed ${seed})`);
    this.name = 'SimulationError';
    this.seed = seed;
  }
}
