/** How the text of a configuration value is read. `allowed` is what an error says the value must be. */
export interface ValueType<T> {
  readonly allowed: string;
  /** The value, or undefined when the text is not acceptable. */
  parse(text: string): T | undefined;
  /** A remark on text that is acceptable but probably not meant as it is read. */
  remark?(text: string): string | undefined;
  /** The value as it is written in a file. */
  format(value: T): string;
}

const INT32_MAX = 2147483647;

interface NumberBounds {
  readonly min?: number;
  readonly max?: number;
  /** Named in errors, such as "ms" or "KB". */
  readonly unit?: string;
}

/** A whole number within bounds (those of a signed 32-bit integer unless told otherwise). */
export function int(bounds: NumberBounds = {}): ValueType<number> {
  const min = bounds.min ?? 0;
  const max = bounds.max ?? INT32_MAX;
  const unit = bounds.unit === undefined ? '' : ` of ${bounds.unit}`;
  return {
    allowed: `must be a whole number${unit} from ${String(min)} to ${String(max)}`,
    parse: (text) => within(/^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN, min, max),
    format: String,
  };
}

/** A number that may have a fraction. */
export function float(bounds: NumberBounds = {}): ValueType<number> {
  const min = bounds.min ?? -INT32_MAX;
  const max = bounds.max ?? INT32_MAX;
  return {
    allowed: `must be a number from ${String(min)} to ${String(max)}`,
    parse: (text) => within(/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN, min, max),
    format: String,
  };
}

/** A TCP port. 0 asks the system for a free one. */
export const port: ValueType<number> = {
  allowed: 'must be a port number from 0 to 65535 (0 = any free port)',
  parse: (text) => within(/^\+?\d+$/.test(text) ? Number(text) : Number.NaN, 0, 65535),
  format: String,
};

/** `true` or `false` in any case; anything else is an error. */
export const strictBool: ValueType<boolean> = {
  allowed: "must be 'true' or 'false'",
  parse: (text) => (/^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : undefined),
  format: String,
};

/** A property-style boolean: everything but `true` (in any case) is false, as in ZooKeeper; odd text gets a remark. */
export const looseBool: ValueType<boolean> = {
  allowed: "should be 'true' or 'false'",
  parse: (text) => text.toLowerCase() === 'true',
  remark: (text) => (/^(true|false)$/i.test(text) ? undefined : "is read as false; write 'true' or 'false'"),
  format: String,
};

/** On only for `yes`, as in ZooKeeper. */
export const onlyYes: ValueType<boolean> = {
  allowed: "should be 'yes' or 'no'",
  parse: (text) => text === 'yes',
  remark: (text) => (/^(yes|no)$/.test(text) ? undefined : "is read as no; write 'yes' or 'no'"),
  format: yesOrNo,
};

/** Off only for `no`, as in ZooKeeper. */
export const unlessNo: ValueType<boolean> = {
  allowed: "should be 'yes' or 'no'",
  parse: (text) => text !== 'no',
  remark: (text) => (/^(yes|no)$/.test(text) ? undefined : "is read as yes; write 'yes' or 'no'"),
  format: yesOrNo,
};

/** Any text; the empty text means "not set". */
export const text: ValueType<string> = { allowed: 'is text', parse: same, format: same };

/** Text that must not be empty: a path, an address. */
export function nonEmpty(what: string): ValueType<string> {
  return { allowed: `must name ${what}`, parse: (value) => (value === '' ? undefined : value), format: same };
}

/** One of a few words; compared in any case, returned as listed. */
export function oneOf<const W extends string>(...words: readonly W[]): ValueType<W> {
  return {
    allowed: `must be one of ${words.map((word) => (word === '' ? '(empty)' : word)).join(', ')}`,
    parse: (value) => words.find((word) => word.toLowerCase() === value.toLowerCase()),
    format: same,
  };
}

/** A comma-separated list; blanks around the items and empty items are dropped. */
export const list: ValueType<readonly string[]> = {
  allowed: 'is a comma-separated list',
  parse: (value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  format: (items) => items.join(','),
};

const DURATION_UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A count of hours, or a number with one of the suffixes `ms s m h d`; read as milliseconds. */
export const hoursOrDuration: ValueType<number> = {
  allowed: 'must be a whole number of hours, or a whole number followed by ms, s, m, h or d',
  parse: (value) => {
    const match = /^(\d+)\s*(ms|s|m|h|d)?$/.exec(value);
    if (match === null) return undefined;
    return within(Number(match[1]) * (DURATION_UNITS_MS[match[2] ?? 'h'] ?? 1), 0, Number.MAX_SAFE_INTEGER);
  },
  format: (ms) => (ms === 0 ? '0' : `${String(ms)}ms`),
};

function same(value: string): string {
  return value;
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

function within(value: number, min: number, max: number): number | undefined {
  return value >= min && value <= max ? value : undefined;
}
