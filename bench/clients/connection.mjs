// What the load needs of a client, in the style that is cheapest for most of them: a callback a request.

/**
 * @typedef {object} Connection
 * @property {(path: string, data: Buffer) => Promise<void>} createIfMissing
 * @property {(path: string, done: (error: unknown, data: Buffer | null) => void) => void} get
 * @property {(path: string, data: Buffer, done: (error: unknown) => void) => void} set
 */

export {};
