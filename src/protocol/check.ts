import type { DeleteRequest } from './delete.js';
import { deleteCodec } from './delete.js';

/** ustring path, int version: the record of delete. Only legal inside a multi. */
export type CheckVersionRequest = DeleteRequest;

/** check (op 13): the codec of delete. */
export const checkCodec = deleteCodec;
