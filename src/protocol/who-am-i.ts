import type { Empty, OpCodec } from './codec.js';
import { emptyCodec } from './codec.js';
import type { JuteReader } from './jute-reader.js';
import type { JuteWriter } from './jute-writer.js';

/** ustring authScheme, ustring user */
export interface ClientInfo {
  authScheme: string | null;
  user: string | null;
}

/** vector<ClientInfo> clientInfo */
export interface WhoAmIResponse {
  clientInfo: readonly ClientInfo[] | null;
}

function readClientInfo(reader: JuteReader): ClientInfo {
  return { authScheme: reader.ustring(), user: reader.ustring() };
}

function writeClientInfo(writer: JuteWriter, info: ClientInfo): void {
  writer.ustring(info.authScheme).ustring(info.user);
}

/** whoAmI (op 107). The request has no body. */
export const whoAmICodec: OpCodec<Empty, WhoAmIResponse> = {
  request: emptyCodec,
  response: {
    read: (reader) => ({ clientInfo: reader.vector(readClientInfo) }),
    write: (writer, value) => writer.vector(value.clientInfo, writeClientInfo),
  },
};
