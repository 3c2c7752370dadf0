import { KeeperError } from '../../client/errors.js';
import { ErrorCode } from '../../protocol/error-codes.js';

/** How a model becomes the data of a node, and back. What it throws for data that is no model rejects the read. */
export interface Serializer<T> {
  /** Text goes out as UTF-8. What it throws, the caller of the write gets. */
  serialize(model: T): Uint8Array | string;
  /** Empty for a node without data. */
  deserialize(data: Buffer): T;
}

/**
 * JSON, as Curator's modeled framework writes it: no class names, fields that nobody knows are kept. `check` turns what was
 * read into a model or throws; without it what is there is taken for one.
 */
export function jsonSerializer<T>(check: (value: unknown) => T = (value) => value as T): Serializer<T> {
  return {
    serialize: (model) => JSON.stringify(model),
    deserialize: (data) => check(JSON.parse(data.toString('utf8'))),
  };
}

/** Text in UTF-8. */
export const textSerializer: Serializer<string> = {
  serialize: (model) => model,
  deserialize: (data) => data.toString('utf8'),
};

/** Rejects with a KeeperError of code `NOT_A_MODEL` that names the path. */
export function deserialized<T>(serializer: Serializer<T>, data: Buffer, path: string): T {
  try {
    return serializer.deserialize(data);
  } catch (cause) {
    const text = `the data of ${path} is not what its model says`;
    throw new KeeperError(
      { code: 'NOT_A_MODEL', rc: ErrorCode.MARSHALLINGERROR, text },
      { message: text, path, cause },
    );
  }
}
