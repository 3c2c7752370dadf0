import { describeProblem } from './config-error.js';
import type { ConfigProblem } from './config-error.js';
import type { KeySpec } from './key-spec.js';
import { findKey, keys, nearestKey } from './keys.js';
import type { KeyName, ValueOf } from './keys.js';

/** One `key=value` and where it was written. */
export interface WrittenSetting {
  readonly key: string;
  readonly value: string;
  /** A file name, or "command line". */
  readonly source: string;
  /** From 1; null on the command line. */
  readonly line: number | null;
}

/** A setting whose key is known. */
export interface ResolvedSetting extends WrittenSetting {
  /** The documented spelling of `key`. */
  readonly name: string;
  readonly spec: KeySpec<unknown>;
  /** Undefined when the text was refused. */
  readonly parsed: unknown;
}

export interface SettingsOptions {
  /** What a missing key is missing from. */
  readonly source: string;
  /** Unknown keys are problems. */
  readonly strict: boolean;
  /** The settings of another file that this one belongs to: faults are told there. */
  readonly reportTo?: Settings;
}

const MASK = '********';

/**
 * The settings of one configuration, later ones before earlier ones, checked against the table of keys. Faults are
 * collected rather than thrown, so that all of them can be shown.
 */
export class Settings {
  readonly problems: ConfigProblem[];
  /** One line each. */
  readonly warnings: string[];
  readonly #resolved = new Map<string, ResolvedSetting>();
  readonly #unknown: WrittenSetting[] = [];
  /** Where a missing key would have been. */
  readonly #source: string;

  constructor(written: readonly WrittenSetting[], options: SettingsOptions) {
    this.#source = options.source;
    this.problems = options.reportTo?.problems ?? [];
    this.warnings = options.reportTo?.warnings ?? [];
    for (const setting of written) this.#add(setting);
    for (const setting of this.#resolved.values()) this.#check(setting);
    for (const setting of this.#unknown) this.#reportUnknown(setting, options.strict);
  }

  /** The value of a key: as set, else the default; null when there is neither, or what is set was refused. */
  value<K extends KeyName>(name: K): ValueOf<K> | null {
    const parsed = this.#resolved.get(name)?.parsed;
    // The table is what ties a key to its type: `parsed` came out of this very key's parser.
    return (parsed === undefined ? keys[name].fallback : parsed) as ValueOf<K> | null;
  }

  /** The value of a key that has a default. */
  required<K extends KeyName>(name: K): ValueOf<K> {
    const value = this.value(name);
    if (value === null) throw new TypeError(`${name} has no default`);
    return value;
  }

  /** Was the key set at all? */
  has(name: KeyName): boolean {
    return this.#resolved.has(name);
  }

  /** Settings of a family such as `server.N`, in the order written. */
  family(prefix: string): ResolvedSetting[] {
    return [...this.#resolved.values()].filter(({ name }) => name.startsWith(prefix) && !Object.hasOwn(keys, name));
  }

  /** Every setting with a known key. */
  resolved(): Iterable<ResolvedSetting> {
    return this.#resolved.values();
  }

  setting(name: string): ResolvedSetting | undefined {
    return this.#resolved.get(name);
  }

  /** Reports a fault in a key's value that its type alone could not show. */
  refuse(name: string, allowed: string): void {
    const setting = this.#resolved.get(name);
    if (setting !== undefined) {
      this.#refuseSetting(setting, allowed);
      return;
    }
    const slip = this.#unknown.find(({ key }) => nearestKey(key) === name);
    const hint = slip === undefined ? '' : `; ${slip.key}, set on line ${String(slip.line)}, is not a known key`;
    const source = this.#source;
    const nearest = slip === undefined ? null : name;
    this.problems.push({ key: name, value: null, allowed: `${allowed}${hint}`, nearest, source, line: null });
  }

  /** Remarks on a value that is accepted. */
  warn(name: string, remark: string): void {
    const setting = this.#resolved.get(name);
    if (setting !== undefined) this.#warn(setting, remark);
  }

  #add(setting: WrittenSetting): void {
    const known = findKey(setting.key);
    if (known === undefined) {
      this.#unknown.push(setting);
      return;
    }
    const earlier = this.#resolved.get(known.name);
    const earlierLine = earlier?.line ?? null;
    if (earlierLine !== null && setting.line !== null) {
      const lines = `lines ${String(earlierLine)} and ${String(setting.line)}`;
      this.warnings.push(`${setting.source}: ${known.name} is set on ${lines}; the last one counts`);
    }
    const parsed = known.spec.type.parse(setting.value);
    this.#resolved.delete(known.name);
    this.#resolved.set(known.name, { ...setting, ...known, parsed });
  }

  #check(setting: ResolvedSetting): void {
    const { spec, parsed } = setting;
    if (parsed === undefined) {
      this.#refuseSetting(setting, spec.type.allowed);
      return;
    }
    const remark = spec.type.remark?.(setting.value);
    if (remark !== undefined) this.#warn(setting, remark);
    if (spec.status !== 'unsupported' || spec.asks?.(parsed) !== true) return;
    if (spec.response === 'refuse') this.#refuseSetting(setting, `not supported: ${spec.reason ?? ''}`);
    else this.#warn(setting, `has no effect: ${spec.reason ?? ''}`);
  }

  #reportUnknown(setting: WrittenSetting, strict: boolean): void {
    const { key, source, line } = setting;
    const problem = { key, value: null, allowed: 'is not a known key', nearest: nearestKey(key), source, line };
    if (strict) this.problems.push(problem);
    else this.warnings.push(`${describeProblem(problem)}; it is ignored`);
  }

  #refuseSetting(setting: ResolvedSetting, allowed: string): void {
    this.problems.push(problemOf(setting, allowed));
  }

  #warn(setting: ResolvedSetting, remark: string): void {
    this.warnings.push(describeProblem(problemOf(setting, remark)));
  }
}

/** The value as it may be printed. */
export function shownValue(setting: { readonly value: string; readonly spec: KeySpec<unknown> }): string {
  return setting.spec.secret === true && setting.value !== '' ? MASK : setting.value;
}

function problemOf(setting: ResolvedSetting, allowed: string): ConfigProblem {
  const { key, source, line } = setting;
  return { key, value: shownValue(setting), allowed, nearest: null, source, line };
}
