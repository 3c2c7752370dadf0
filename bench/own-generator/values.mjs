// The nodes a load works on: a value names its node, so that an answer with another node's data is noticed.

/** @import { LoadOptions } from './arguments.mjs' */
/** @import { Reply } from './session.mjs' */

const MAGIC = 0x70696e66;
const STAT_BYTES = 68;
const STAT_DATA_LENGTH_AT = 52;

/**
 * @param {Pick<LoadOptions, 'prefix' | 'dirs'>} where
 * @param {number} key
 */
export function keyPath({ prefix, dirs }, key) {
  return `${prefix}${dirs > 1 ? dirName(key % dirs) : ''}/k${String(key).padStart(8, '0')}`;
}

/** @param {number} dir */
export function dirName(dir) {
  return `/d${String(dir).padStart(5, '0')}`;
}

/**
 * @param {number} key
 * @param {number} size in bytes
 */
export function valueOf(key, size) {
  const value = Buffer.alloc(size, 'a value of pinfold, to be known again; ');
  if (size >= 8) value.writeInt32BE(key, value.writeInt32BE(MAGIC, 0));
  return value;
}

/**
 * What is wrong with the answer to a getData, or null.
 * @param {Reply} reply
 * @param {number} key
 * @param {number} size
 */
export function wrongData({ bytes, start, end }, key, size) {
  if (end - start !== 4 + size + STAT_BYTES) return `get: reply of ${end - start} bytes, expected data of ${size}`;
  if (bytes.readInt32BE(start) !== size) return `get: data of ${bytes.readInt32BE(start)} bytes, expected ${size}`;
  if (size >= 8 && (bytes.readInt32BE(start + 4) !== MAGIC || bytes.readInt32BE(start + 8) !== key)) {
    return 'get: data of another node';
  }
  return wrongStat(bytes, start + 4 + size, size);
}

/**
 * What is wrong with the answer to a setData, or null.
 * @param {Reply} reply
 * @param {number} size
 */
export function wrongSet({ bytes, start, end }, size) {
  return end - start === STAT_BYTES ? wrongStat(bytes, start, size) : `set: reply of ${end - start} bytes`;
}

/**
 * What is wrong with the answer to a multi of sets, or null.
 * @param {Reply} reply
 * @param {number} count
 * @param {number} size
 */
export function wrongMulti({ bytes, start, end }, count, size) {
  const resultBytes = 9 + STAT_BYTES;
  if (end - start !== count * resultBytes + 9) return `multi: reply of ${end - start} bytes`;
  for (let index = 0; index < count; index += 1) {
    const at = start + index * resultBytes;
    if (bytes.readInt32BE(at) !== 5) return `multi: result ${index} is not that of a set`;
    const wrong = wrongStat(bytes, at + 9, size);
    if (wrong !== null) return wrong;
  }
  return bytes[end - 5] === 1 ? null : 'multi: no end';
}

/**
 * @param {Buffer} bytes
 * @param {number} at
 * @param {number} size
 */
function wrongStat(bytes, at, size) {
  const seen = bytes.readInt32BE(at + STAT_DATA_LENGTH_AT);
  return seen === size ? null : `stat of ${seen} bytes of data, expected ${size}`;
}

/**
 * The path that a create answered, or null when it is none.
 * @param {Reply} reply
 */
export function createdPath({ bytes, start, end }) {
  const isString = end - start > 4 && bytes.readInt32BE(start) === end - start - 4;
  return isString ? bytes.toString('latin1', start + 4, end) : null;
}

/**
 * The names that a getChildren answered.
 * @param {Reply} reply
 */
export function namesOf({ bytes, start }) {
  /** @type {string[]} */
  const found = [];
  let at = start + 4;
  for (let left = bytes.readInt32BE(start); left > 0; left -= 1) {
    const end = at + 4 + bytes.readInt32BE(at);
    found.push(bytes.toString('latin1', at + 4, end));
    at = end;
  }
  return found;
}
