/** A network that does nothing of its own accord: a millisecond each way. */
export const CALM = {
  latencyMinMs: 1,
  latencyMaxMs: 1,
  bandwidth: 10_000,
  windowBytes: 10_000,
  congestedBytes: 10_000,
  splitChance: 0,
  joinChance: 0,
  abruptChance: 0,
};
