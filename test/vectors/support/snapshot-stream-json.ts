import type { Acl, JuteReader } from '../../../src/protocol/index.js';
import { JuteWriter, readAcl, writeAcl } from '../../../src/protocol/index.js';
import { bigintOf, bufferOf, hex64, hexOf, listOf, numberOf, objectOf } from './quorum-scalars.js';
import type { JsonObject } from './vector-rows.js';

const END_OF_NODES = '/';

/** What follows a SNAP (quorum-protocol 3.6) in the JSON form of the recordings. */
export function snapshotStreamJson(reader: JuteReader): JsonObject {
  const sessions = times(reader.int32(), () => ({ id: hex64(reader.int64()), timeout: reader.int32() }));
  const aclCache = times(reader.int32(), () => ({ key: String(reader.long()), acl: aclJson(reader) }));
  const nodes: JsonObject[] = [];
  for (;;) {
    const path = reader.ustring();
    if (path === END_OF_NODES)
      return { sessions, aclCache, nodes, kind: 'SnapshotStream', signature: reader.ustring() };
    nodes.push({ path, data: hexOf(reader.buffer()), acl: String(reader.long()), stat: statJson(reader) });
  }
}

export function encodeSnapshotStream(json: JsonObject): Buffer {
  const writer = new JuteWriter();
  writer.vector(listOf(json['sessions']), (out, session) => {
    out.int64(bigintOf(session['id'])).int32(session['timeout'] as number);
  });
  writer.vector(listOf(json['aclCache']), (out, entry) => {
    out.long(numberOf(entry['key'])).vector(entry['acl'] as unknown as readonly Acl[], writeAcl);
  });
  for (const node of listOf(json['nodes'])) {
    writer.ustring(node['path'] as string).buffer(bufferOf(node['data']));
    writer.long(numberOf(node['acl']));
    writeStat(writer, objectOf(node['stat']));
  }
  return writer
    .ustring(END_OF_NODES)
    .ustring(json['signature'] as string)
    .take();
}

function aclJson(reader: JuteReader): readonly JsonObject[] {
  return (reader.vector(readAcl) ?? []).map(({ perms, id }) => ({ perms, id: { scheme: id.scheme, id: id.id } }));
}

function statJson(reader: JuteReader): JsonObject {
  return {
    czxid: hex64(reader.long()),
    mzxid: hex64(reader.long()),
    ctime: String(reader.long()),
    mtime: String(reader.long()),
    version: reader.int32(),
    cversion: reader.int32(),
    aversion: reader.int32(),
    ephemeralOwner: hex64(reader.int64()),
    pzxid: hex64(reader.long()),
  };
}

function writeStat(writer: JuteWriter, stat: JsonObject): void {
  for (const key of ['czxid', 'mzxid', 'ctime', 'mtime']) writer.int64(bigintOf(stat[key]));
  for (const key of ['version', 'cversion', 'aversion']) writer.int32(stat[key] as number);
  writer.int64(bigintOf(stat['ephemeralOwner'])).int64(bigintOf(stat['pzxid']));
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}
