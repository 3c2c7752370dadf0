/** Randomness, handed in so that a run can be repeated from its seed. */
export interface Random {
  /** Uniform in [0, 1). */
  float(): number;
  /** Fresh bytes, fit for secrets outside a simulation. */
  bytes(count: number): Buffer;
  /** Version 4, lower case. */
  uuid(): string;
}
