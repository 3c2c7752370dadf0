import { BadArgumentsError } from '../errors.js';
import type { Allowance, Schema, SchemaValidator } from './schema.js';

const ALLOWANCES: readonly unknown[] = ['can', 'must', 'cannot'];

/**
 * Rules from the JSON that Curator's loader reads: an array of objects with `name`, `path`, `isRegex`, `schemaValidator`,
 * `documentation`, `ephemeral`, `sequential`, `watched`, `canBeDeleted` and `metadata`. As there, a rule that does not
 * mention `canBeDeleted` forbids it. `validatorOf` gives the validator that a name stands for. Throws a BadArgumentsError
 * for what it cannot read.
 */
export function schemasFromJson(
  json: string,
  validatorOf: (name: string) => SchemaValidator | undefined = () => undefined,
): Schema[] {
  let rules: unknown;
  try {
    rules = JSON.parse(json);
  } catch (cause) {
    throw new BadArgumentsError({ message: 'the schemas are not JSON', cause });
  }
  if (!Array.isArray(rules)) throw new BadArgumentsError({ message: 'the schemas are not an array' });
  return rules.map((rule: unknown, index) => schemaOf(rule, index, validatorOf));
}

function schemaOf(rule: unknown, index: number, validatorOf: (name: string) => SchemaValidator | undefined): Schema {
  if (typeof rule !== 'object' || rule === null) throw refusal(index, 'is no object');
  const fields = rule as Readonly<Record<string, unknown>>;
  const text = (name: string): string => {
    const value = fields[name];
    if (typeof value === 'string') return value;
    throw refusal(index, `has no text as ${name}`);
  };
  const allowance = (name: string): Allowance => {
    const value = fields[name] === undefined ? 'can' : text(name).toLowerCase();
    if (ALLOWANCES.includes(value)) return value as Allowance;
    throw refusal(index, `has ${name} ${value}; it must be can, must or cannot`);
  };
  return {
    name: text('name'),
    path: fields['isRegex'] === true ? patternOf(text('path'), index) : text('path'),
    documentation: fields['documentation'] === undefined ? undefined : text('documentation'),
    validator: validator(fields['schemaValidator'], index, validatorOf),
    ephemeral: allowance('ephemeral'),
    sequential: allowance('sequential'),
    watched: allowance('watched'),
    canBeDeleted: fields['canBeDeleted'] === true,
    metadata: metadataOf(fields['metadata'], index),
  };
}

function patternOf(source: string, index: number): RegExp {
  try {
    return new RegExp(source);
  } catch (cause) {
    throw refusal(index, `has a path that is no pattern: ${source}`, cause);
  }
}

function validator(
  name: unknown,
  index: number,
  validatorOf: (name: string) => SchemaValidator | undefined,
): SchemaValidator | undefined {
  if (name === undefined || name === null) return undefined;
  const found = typeof name === 'string' ? validatorOf(name) : undefined;
  if (found === undefined)
    throw refusal(index, `names the schemaValidator ${JSON.stringify(name)}, which nobody knows`);
  return found;
}

function metadataOf(value: unknown, index: number): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object') throw refusal(index, 'has metadata that is no object');
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, String(each)]));
}

function refusal(index: number, why: string, cause?: unknown): BadArgumentsError {
  return new BadArgumentsError({ message: `schema number ${index} ${why}`, cause });
}
