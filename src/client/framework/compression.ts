import { gunzipSync, gzipSync } from 'node:zlib';
import { ErrorCode } from '../../protocol/error-codes.js';
import { dataOf } from '../arguments.js';
import { KeeperError } from '../errors.js';
import type { NodeData } from '../operation-types.js';

/**
 * What Curator's gzip codec writes, up to the byte that names the operating system. At once and not in another thread:
 * nodes are small, and operations leave in the order they are called.
 */
export function compressed(data: NodeData, path: string): Buffer {
  return gzipSync(dataOf(data, path) ?? Buffer.alloc(0));
}

/** Nothing stays nothing: parents are made without data, and nobody compresses them. */
export function decompressed(data: Buffer | null, path: string): Buffer | null {
  if (data === null || data.length === 0) return data;
  try {
    return gunzipSync(data);
  } catch (cause) {
    throw new KeeperError(
      { code: 'NOT_COMPRESSED', rc: ErrorCode.MARSHALLINGERROR, text: 'the data is not gzip' },
      { message: `the data of ${path} is not gzip: was it written without compression?`, path, cause },
    );
  }
}
