import type { Bindings } from './bindings.js';
import { createRequest, inSideSession, setDataRequest } from './side-session.js';
import type { ReplayTarget } from './target.js';
import type { Decoded, JsonObject, Row } from './vector-rows.js';
import { textOf } from './vector-rows.js';
import { decodeFrame, encodeFrame, opCodeOf } from './wire-json.js';
import type { WireConnection } from './wire-connection.js';

/** What an action may use. */
export interface ActionContext {
  readonly target: ReplayTarget;
  readonly bindings: Bindings;
  /** The row before which the action happens. */
  readonly row: Row;
  /** An open connection of the scenario. */
  readonly wire: (conn: string) => WireConnection;
}

export type DriverAction = (context: ActionContext) => Promise<void>;

const TIMEOUT_MS = 20_000;
const OPEN_ACL = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }];

/** Exchanges requests on a connection of the scenario that the recording left out; all must succeed, in order. */
async function unrecorded(wire: WireConnection, requests: readonly Decoded[]): Promise<void> {
  wire.send(Buffer.concat(requests.map(encodeFrame)));
  for (const request of requests) {
    const frame = await wire.frame(TIMEOUT_MS);
    if (frame === null) throw new Error('the server closed during requests that were not recorded');
    const reply = decodeFrame(frame, { record: 'Reply', op: request.op ?? null });
    const isAnswer = reply.header?.['xid'] === request.header?.['xid'] && reply.err === 'OK';
    if (!isAnswer) throw new Error(`${JSON.stringify(request)} was answered ${JSON.stringify(reply)}`);
  }
}

function request(xid: number, op: string, body: JsonObject): Decoded {
  return { record: 'Request', header: { xid, type: opCodeOf(op) }, op, body };
}

const kid = (i: number): string => `/kids/${'n'.repeat(200)}${i}`;
const thirty = Array.from({ length: 30 }, (_, i) => i);

/**
 * What happened before a row besides the rows: `file scenario seq`. The recordings' notes say so for most of them; for
 * the client libraries it follows from what they were told afterwards.
 */
export const DRIVER_ACTIONS: Readonly<Record<string, DriverAction>> = {
  'limits create-small-buffers 66': ({ wire }) =>
    unrecorded(
      wire('a'),
      thirty.map((i) => request(2 + i, 'create', { path: kid(i), data: '', acl: OPEN_ACL, flags: 0 })),
    ),
  'limits create-small-buffers 128': ({ wire }) =>
    unrecorded(
      wire('a'),
      thirty.map((i) => request(33 + i, 'delete', { path: kid(i), version: -1 })),
    ),
  'limits outstanding 3': ({ wire }) =>
    unrecorded(
      wire('a'),
      Array.from({ length: 1200 }, (_, i) => request(1 + i, 'exists', { path: '/', watch: false })),
    ),
  'server-options session-survives-restart 7': ({ target }) => target.restart(),
  'client-kazoo kazoo-expired 6': async ({ target, bindings, row }) => {
    const { sessionId, passwd } = (row.kind === 'frame' ? row.decoded.body : undefined) ?? {};
    const attach = { sessionId: bindings.session(textOf(sessionId)), passwd: bindings.password(textOf(passwd)) };
    await inSideSession(target.port, [], attach);
  },
  'client-java zkcli-reconnect 26': ({ target }) =>
    inSideSession(target.port, [setDataRequest('/jr/d', '31'), createRequest('/jr/new'), createRequest('/jr/c/k')]),
  'client-java zkcli-reconnect-standard-only 12': ({ target }) =>
    inSideSession(target.port, [setDataRequest('/jr/d', '31')]),
  'client-c c-reconnect 13': async ({ wire }) => wire('c3').close(),
  'client-c c-reconnect 14': ({ target }) => inSideSession(target.port, [setDataRequest('/cc', '31')]),
  'client-node node-reconnect 14': ({ target }) => inSideSession(target.port, [setDataRequest('/nz', '31')]),
  'client-node node-chroot 3': ({ target }) => inSideSession(target.port, [createRequest('/nk')]),
  'client-go go-reconnect 14': ({ target }) => inSideSession(target.port, [setDataRequest('/go', '31')]),
};
