import { BadArgumentsError, KeeperError } from '../../client/errors.js';
import { ErrorCode } from '../../protocol/error-codes.js';

/** How a value stands in a node. */
export interface Codec<T, In = T> {
  /** Throws a BadArgumentsError for what cannot be such a value. */
  encode(value: In): Buffer;
  /** Throws a KeeperError with code `CORRUPT_DATA` for bytes that are no such value. */
  decode(data: Buffer, path: string): T;
}

const INT32_BYTES = 4;
const INT64_BYTES = 8;

/** Big-endian two's complement, as ByteBuffer in Java writes it. What follows the first four bytes is ignored, as there. */
export const INT32: Codec<number> = {
  encode(value) {
    if (value !== (value | 0)) throw new BadArgumentsError({ message: `${value} is not a 32-bit integer` });
    const data = Buffer.alloc(INT32_BYTES);
    data.writeInt32BE(value);
    return data;
  },
  decode(data, path) {
    if (data.length < INT32_BYTES) throw corrupt(path, data, INT32_BYTES);
    return data.readInt32BE();
  },
};

/** The same in eight bytes. */
export const INT64: Codec<bigint> = {
  encode(value) {
    if (typeof value !== 'bigint' || value !== BigInt.asIntN(64, value)) {
      throw new BadArgumentsError({ message: `${value} is not a bigint of 64 bits` });
    }
    const data = Buffer.alloc(INT64_BYTES);
    data.writeBigInt64BE(value);
    return data;
  },
  decode(data, path) {
    if (data.length < INT64_BYTES) throw corrupt(path, data, INT64_BYTES);
    return data.readBigInt64BE();
  },
};

/** Bytes as they are; text goes in as UTF-8. */
export const BYTES: Codec<Buffer, Uint8Array | string> = {
  encode(value) {
    if (typeof value === 'string') return Buffer.from(value);
    if (value instanceof Uint8Array) return Buffer.from(value);
    throw new BadArgumentsError({ message: 'the value is neither text nor bytes' });
  },
  decode: (data) => data,
};

function corrupt(path: string, data: Buffer, wanted: number): KeeperError {
  const text = `${path} has ${data.length} bytes where ${wanted} make a number`;
  return new KeeperError({ code: 'CORRUPT_DATA', rc: ErrorCode.DATAINCONSISTENCY, text }, { path, message: text });
}
