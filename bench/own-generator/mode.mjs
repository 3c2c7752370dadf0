// What every mode of the generator is: handlers of its sessions, a start, and figures at the end.

/** @import { LoadOptions } from './arguments.mjs' */
/** @import { Handlers, Session } from './session.mjs' */
/** @import { Tally } from './tally.mjs' */

/**
 * @typedef {object} Stage where the load stands; the modes only look at it
 * @property {boolean} running requests are sent
 * @property {boolean} measuring what is answered is counted
 *
 * @typedef {object} Load
 * @property {LoadOptions} options
 * @property {Tally} tally
 * @property {Stage} stage
 *
 * @typedef {object} Mode
 * @property {number} sessions
 * @property {{ folders: readonly string[], keys: number }} needs nodes below the prefix
 * @property {Handlers} handlers
 * @property {(sessions: readonly Session[]) => void} begin
 * @property {() => void} [measure] called when the warm-up is over
 * @property {() => Record<string, unknown> & { ops: number }} figures
 */

export {};
