/**
 * Bytes that are not the record they should be. The reader of a frame decides what that costs: an error on one request,
 * or the connection (client-protocol 1.3, 3.5).
 */
export class MarshallingError extends Error {
  override readonly name = 'MarshallingError';
}
