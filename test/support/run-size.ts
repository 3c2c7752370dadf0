/** How long a random test runs: a default for every run of the suite, more when its own command asks for it. */
export interface RunSize {
  readonly count: number;
  readonly seed: number;
  /** It was asked for by its own command: tell how it goes. */
  readonly isLong: boolean;
}

/** Reads `<NAME>_COUNT` and `<NAME>_SEED`; without the latter every run draws another seed. */
export function runSize(name: string, defaultCount: number): RunSize {
  const count = numberFrom(`${name}_COUNT`);
  return {
    count: count ?? defaultCount,
    seed: numberFrom(`${name}_SEED`) ?? Math.floor(Math.random() * 2 ** 30),
    isLong: count !== null,
  };
}

function numberFrom(variable: string): number | null {
  const text = process.env[variable];
  if (text === undefined || text === '') return null;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${variable}=${text} is no count`);
  return value;
}
