import { isAbsolute, resolve } from 'node:path';
import { ConfigError } from './config-error.js';
import type { ConfigProblem } from './config-error.js';
import { readTextFile } from './config-files.js';
import type { ReadText } from './config-files.js';
import { parseProperties } from './properties.js';
import { readServerConfig } from './read-server-config.js';
import type { ConfigReading, ReadOptions } from './read-server-config.js';
import type { ServerConfig } from './server-config.js';
import type { WrittenSetting } from './settings.js';

/** The text of a configuration file, or the arguments `port datadir [ticktime] [maxcnxns]`. */
export type ConfigInput =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'arguments'; readonly args: readonly string[] };

/** Options for reading a configuration from a file or the command line. */
export interface ParseOptions extends Omit<ReadOptions, 'source' | 'configFile' | 'readText'> {
  /** Settings that go before those of the file, as `key=value`. */
  readonly overrides?: readonly string[];
  /** Where files that the configuration refers to are read; the file system when absent. */
  readonly readText?: ReadText;
}

const USAGE = 'configfile | port datadir [ticktime] [maxcnxns]';
const COMMAND_LINE = 'command line';

/** Reads a configuration that must be right. Throws the first fault as a ConfigError. */
export function parseServerConfig(input: ConfigInput, options: ParseOptions): ServerConfig {
  return usableConfig(inspectServerConfig(input, options));
}

/** Reads a configuration and tells everything about it: the config if it can be used, else what is wrong. */
export function inspectServerConfig(input: ConfigInput, options: ParseOptions): ConfigReading {
  const written =
    input.kind === 'file'
      ? parseProperties(input.text, input.path).map((entry) => ({ ...entry, source: input.path }))
      : fromArguments(input.args);
  const overrides = (options.overrides ?? []).map((override) => fromOverride(override));
  const source = input.kind === 'file' ? input.path : COMMAND_LINE;
  const configFile = input.kind === 'file' ? resolve(options.baseDir, input.path) : null;
  return readServerConfig([...written, ...overrides], { readText: readTextFile, ...options, source, configFile });
}

/** The configuration of a reading; throws its first problem. */
export function usableConfig(reading: ConfigReading): ServerConfig {
  const [first] = reading.problems;
  if (first !== undefined) throw new ConfigError(first);
  if (reading.config === null) throw new TypeError('a reading without problems has a config');
  return reading.config;
}

/**
 * Turns the arguments of the start command into input: one is the path of a file, which is read; two to four are
 * `port datadir [ticktime] [maxcnxns]`.
 */
export function loadConfigInput(args: readonly string[]): ConfigInput {
  const [path] = args;
  if (args.length !== 1 || path === undefined) return { kind: 'arguments', args };
  const text = readTextFile(path);
  if (text === null) throw new ConfigError({ ...nothing(path), allowed: 'this file is missing' });
  return { kind: 'file', path, text };
}

/** The advice ZooKeeper gives too: a bare `zoo.cfg` may be another file tomorrow. */
export function relativePathWarning(input: ConfigInput): string | null {
  if (input.kind !== 'file' || isAbsolute(input.path) || /^\.{1,2}[\\/]/.test(input.path)) return null;
  return `${input.path} is a relative path; prefix it with ./ to say that it is meant so`;
}

function fromArguments(args: readonly string[]): WrittenSetting[] {
  if (args.length < 2 || args.length > 4) {
    const count = args.length === 0 ? 'no arguments' : `${String(args.length)} arguments`;
    throw new ConfigError({ ...nothing(COMMAND_LINE), allowed: `${count} given; usage: pinfold server ${USAGE}` });
  }
  const names = ['clientPort', 'dataDir', 'tickTime', 'maxClientCnxns'];
  return args.map((value, index) => ({ key: names[index] ?? '', value, source: COMMAND_LINE, line: null }));
}

function fromOverride(override: string): WrittenSetting {
  const [entry, second] = parseProperties(override, COMMAND_LINE);
  if (entry === undefined || second !== undefined || !/[=:]/.test(override)) {
    throw new ConfigError({ ...nothing(COMMAND_LINE), allowed: `${override} must have the form key=value` });
  }
  return { key: entry.key, value: entry.value, source: COMMAND_LINE, line: null };
}

function nothing(source: string): Omit<ConfigProblem, 'allowed'> {
  return { key: null, value: null, nearest: null, source, line: null };
}
