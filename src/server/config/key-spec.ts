import type { ValueType } from './value-types.js';

/**
 * `M` deployments break or are unsafe without it, `S` should have, `R` rare: the marks of the operations specification.
 */
export type KeyMark = 'M' | 'S' | 'R';

/** What pinfold does with a key it knows. */
export type KeyStatus =
  /** it does what ZooKeeper does */
  | 'honoured'
  /** read, checked, and without effect; `reason` says why that is all right */
  | 'ignored'
  /** not available yet; set to something that asks for it, there is a warning, or a refusal where going on would be unsafe */
  | 'unsupported';

/** One known key of a configuration file. */
export interface KeySpec<T> {
  readonly type: ValueType<T>;
  /** What the server uses when the key is absent; null when it is computed from other keys, or there is none. */
  readonly fallback: T | null;
  readonly mark: KeyMark;
  readonly status: KeyStatus;
  /** Why the key is ignored or not supported. */
  readonly reason?: string;
  /** Never print the value. */
  readonly secret?: true;
  /** Counts only where several servers make an ensemble. */
  readonly ensembleOnly?: true;
  /** Unsupported keys: does this value ask for what is not there? */
  asks?(value: T): boolean;
  /** Unsupported keys: what to do when it does. */
  readonly response?: 'warn' | 'refuse';
}

interface KeyExtras {
  readonly secret?: true;
  readonly ensembleOnly?: true;
}

/** A key that does what ZooKeeper does. */
export function honoured<T>(
  mark: KeyMark,
  type: ValueType<T>,
  fallback: NoInfer<T> | null,
  extras: KeyExtras = {},
): KeySpec<T> {
  return { type, fallback, mark, status: 'honoured', ...extras };
}

/** A key that does what ZooKeeper does, in an ensemble. */
export function inEnsemble<T>(
  mark: KeyMark,
  type: ValueType<T>,
  fallback: NoInfer<T> | null,
  extras: { readonly secret?: true } = {},
): KeySpec<T> {
  return honoured(mark, type, fallback, { ...extras, ensembleOnly: true });
}

/** A key that is checked and then has no effect. */
export function ignored<T>(mark: KeyMark, type: ValueType<T>, reason: string, extras: KeyExtras = {}): KeySpec<T> {
  return { type, fallback: null, mark, status: 'ignored', reason, ...extras };
}

/** A key whose function is not there yet: asking for it gives a warning. */
export function warned<T>(spec: {
  readonly mark: KeyMark;
  readonly type: ValueType<T>;
  readonly asks: (value: NoInfer<T>) => boolean;
  readonly reason: string;
  readonly secret?: true;
}): KeySpec<T> {
  return { ...spec, fallback: null, status: 'unsupported', response: 'warn' };
}

/** A key whose function is not there yet and must not be missing unnoticed: asking for it stops the start. */
export function refused<T>(spec: {
  readonly mark: KeyMark;
  readonly type: ValueType<T>;
  readonly asks: (value: NoInfer<T>) => boolean;
  readonly reason: string;
}): KeySpec<T> {
  return { ...spec, fallback: null, status: 'unsupported', response: 'refuse' };
}

/** The default of a key as it would be written in a file; empty when there is none. */
export function formatDefault(spec: KeySpec<unknown>): string {
  return spec.fallback === null ? '' : spec.type.format(spec.fallback);
}
