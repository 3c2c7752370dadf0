import type { Decoded, JsonObject } from './vector-rows.js';
import { decodeFrame, encodeFrame, opCodeOf } from './wire-json.js';
import { WireConnection } from './wire-connection.js';

const TIMEOUT_MS = 10_000;
const OPEN_ACL = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }];

export interface SideRequest {
  readonly op: string;
  readonly body: JsonObject;
}

export function createRequest(path: string, data: string | null = ''): SideRequest {
  return { op: 'create', body: { path, data, acl: OPEN_ACL, flags: 0 } };
}

export function setDataRequest(path: string, data: string): SideRequest {
  return { op: 'setData', body: { path, data, version: -1 } };
}

/** What the driver of a recording did from a session of its own, besides the frames that were written down. */
export async function inSideSession(
  port: number,
  requests: readonly SideRequest[],
  attach: { sessionId: string; passwd: string } = { sessionId: '0', passwd: '00'.repeat(16) },
): Promise<void> {
  const wire = await WireConnection.open(port);
  try {
    const handshake = { protocolVersion: 0, lastZxidSeen: '0', timeOut: 10_000, ...attach, readOnly: false };
    const answer = await exchange(wire, { record: 'ConnectRequest', body: handshake }, { record: 'ConnectResponse' });
    if (Number(answer.body?.['timeOut']) <= 0) throw new Error(`session ${attach.sessionId} is gone`);
    for (const { op, body } of [...requests, { op: 'closeSession', body: {} }]) {
      const request: Decoded = { record: 'Request', header: { xid: 1, type: opCodeOf(op) }, op, body };
      const reply = await exchange(wire, request, { record: 'Reply', op });
      if (reply.err !== 'OK') throw new Error(`${op} ${JSON.stringify(body)} gave ${reply.err}`);
    }
    await wire.untilClosed(TIMEOUT_MS);
  } finally {
    wire.close();
  }
}

async function exchange(
  wire: WireConnection,
  request: Decoded,
  like: Pick<Decoded, 'record' | 'op'>,
): Promise<Decoded> {
  wire.send(encodeFrame(request));
  const frame = await wire.frame(TIMEOUT_MS);
  if (frame === null) throw new Error(`the server closed instead of answering ${request.op ?? request.record}`);
  return decodeFrame(frame, like);
}
