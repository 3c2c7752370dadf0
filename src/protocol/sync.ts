import type { OpCodec } from './codec.js';
import type { PathRequest } from './get-acl.js';
import { pathCodec } from './get-acl.js';

/** ustring path; the answer echoes it */
export const syncCodec: OpCodec<PathRequest, PathRequest> = { request: pathCodec, response: pathCodec };
