import { MarshallingError } from '../../protocol/errors.js';
import type { ChunkReader } from './chunk-reader.js';

/** Reads a ustring that must be this one. */
export async function expectText(reader: ChunkReader, expected: string): Promise<void> {
  const length = await reader.int32();
  if (length !== expected.length) {
    throw new MarshallingError(`a string of ${length} bytes stands where "${expected}" must`);
  }
  await reader.need(length);
  const found = reader.peek().toString('utf8', 0, length);
  if (found !== expected) throw new MarshallingError(`"${found}" stands where "${expected}" must`);
  reader.skip(length);
}
