// Arguments of the commands behind npm scripts: what is wrong with them is said in one line.
import { parseArgs } from 'node:util';

/** Seeds are handed to generators of 32 bits. */
const NUMBER_MAX = 2 ** 31 - 1;

/** @typedef {import('node:util').ParseArgsConfig['options']} Options */

/**
 * The arguments of `npm run <command>`.
 * @template {NonNullable<Options>} T
 * @param {{ command: string, options: T, args?: string[] }} config `args`: those of this process when left out
 */
export function readArguments({ command, options, args = process.argv.slice(2) }) {
  try {
    return parseArgs({ options, args }).values;
  } catch (error) {
    return refuse(command, error instanceof Error ? (error.message.split(/\.?\n|\. /)[0] ?? '') : String(error));
  }
}

/**
 * @param {string} command
 * @param {{ name: string, text: string, min: number }} argument
 */
export function wholeNumber(command, { name, text, min }) {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= NUMBER_MAX) return value;
  return refuse(
    command,
    `--${name} is ${JSON.stringify(text)}; it must be a whole number from ${min} to ${NUMBER_MAX}`,
  );
}

/**
 * @param {string} command
 * @param {string} message
 * @returns {never}
 */
export function refuse(command, message) {
  console.error(`${command}: ${message}; see npm run ${command} -- --help`);
  process.exit(2);
}
