import type { Id, Zxid } from '../../../src/protocol/index.js';
import { JuteReader, JuteWriter, opName } from '../../../src/protocol/index.js';
import type { PacketView, Touch } from '../../../src/protocol/quorum/index.js';
import {
  encodeAckEpoch,
  encodeLeaderInfo,
  encodeLearnerInfo,
  packetTypeName,
  PacketSplitter,
  PacketType,
  readAckEpoch,
  readDesignatedLeader,
  readForwardedRequest,
  readLeaderProtocolVersion,
  readLearnerInfo,
  readQuorumPacket,
  readRevalidateAnswer,
  readRevalidateRequest,
  readTouches,
  writeCommitAndActivate,
  writeEntryPacket,
  writeInformAndActivate,
  writePacket,
  writePacketWithData,
  writePingAnswer,
  writeQuorumPacket,
  writeRequestPacket,
  writeRevalidateAnswer,
  writeRevalidateRequest,
} from '../../../src/protocol/quorum/index.js';
import { requestJson, writeRequestJson } from './quorum-request-json.js';
import type { QuorumRow } from './quorum-rows.js';
import { bigintOf, hex64, listOf, numberOf, objectOf } from './quorum-scalars.js';
import { entryJson, writeEntryJson } from './quorum-txn-json.js';
import type { Json, JsonObject } from './vector-rows.js';

type Way = 'toLeader' | 'toLearner';

/** Three types look different either way; who opened a connection on the quorum port is the learner. */
export function wayOf(row: QuorumRow): Way {
  return row.from === row.initiator ? 'toLeader' : 'toLearner';
}

/** Decodes exactly one packet, by the splitter and by the plain codec, which must agree. */
export function packetJson(bytes: Buffer, way: Way): JsonObject {
  const plain = readQuorumPacket(new JuteReader(bytes));
  const found: JsonObject[] = [];
  const splitter = new PacketSplitter({ fieldBytesMax: 2_097_150 });
  splitter.push(bytes, (view) => {
    if (view.type !== plain.type || view.zxid !== plain.zxid) throw new Error('the splitter shows another packet');
    if (hex(view.data()) !== hex(plain.data)) throw new Error('the splitter shows other data');
    found.push(viewJson(view, way));
    return true;
  });
  if (found.length !== 1) throw new Error(`${found.length} packets, not one`);
  const again = new JuteWriter();
  writeQuorumPacket(again, plain);
  if (!again.take().equals(bytes)) throw new Error('the plain codec writes other bytes than it reads');
  return found[0]!;
}

function hex(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('hex');
}

function viewJson(view: PacketView, way: Way): JsonObject {
  const authinfo = view.authinfo();
  return {
    kind: 'QuorumPacket',
    type: view.type,
    name: packetTypeName(view.type),
    zxid: hex64(view.zxid),
    authinfo: authinfo === null ? null : authinfo.map(({ scheme, id }) => ({ scheme, id })),
    data: view.hasData ? dataJson(view, way) : null,
  };
}

function dataJson(view: PacketView, way: Way): Json {
  const reader = view.reader();
  switch (view.type) {
    case PacketType.REQUEST:
      return forwardedJson(reader);
    case PacketType.PROPOSAL:
    case PacketType.INFORM:
      return entryJson(reader);
    case PacketType.PING: {
      const touches: JsonObject[] = [];
      readTouches(reader, (session, timeout) => touches.push({ session: hex64(session), timeout }));
      return { touches };
    }
    case PacketType.REVALIDATE:
      return way === 'toLeader' ? revalidateRequestJson(reader) : revalidateAnswerJson(reader);
    case PacketType.COMMITANDACTIVATE:
      return { designatedLeader: String(readDesignatedLeader(reader)) };
    case PacketType.INFORMANDACTIVATE:
      return { designatedLeader: String(readDesignatedLeader(reader)), txn: entryJson(reader) };
    case PacketType.NEWLEADER:
      return { config: view.data()!.toString('utf8') };
    case PacketType.FOLLOWERINFO:
    case PacketType.OBSERVERINFO:
      return learnerInfoJson(reader);
    case PacketType.LEADERINFO:
      return { protocolVersion: hex64(readLeaderProtocolVersion(reader)) };
    case PacketType.ACKEPOCH:
      return { epoch: readAckEpoch(reader) };
    default:
      throw new Error(`a packet of type ${view.type} has no data`);
  }
}

function forwardedJson(reader: JuteReader): JsonObject {
  const { sessionId, cxid, opcode } = readForwardedRequest(reader);
  return { session: hex64(sessionId), cxid, opcode, op: opName(opcode), request: requestJson(reader, opcode) };
}

function revalidateRequestJson(reader: JuteReader): JsonObject {
  const { sessionId, timeoutMs } = readRevalidateRequest(reader);
  return { session: hex64(sessionId), timeout: timeoutMs };
}

function revalidateAnswerJson(reader: JuteReader): JsonObject {
  const { sessionId, isValid } = readRevalidateAnswer(reader);
  return { session: hex64(sessionId), valid: isValid };
}

function learnerInfoJson(reader: JuteReader): JsonObject {
  const { sid, protocolVersion, configVersion } = readLearnerInfo(reader);
  return {
    serverid: String(sid),
    protocolVersion: protocolVersion === null ? null : hex64(protocolVersion),
    configVersion: configVersion === null ? null : hex64(configVersion),
  };
}

/** The inverse of {@link packetJson}, with the writers that production uses for each type. */
export function encodePacket(json: JsonObject, way: Way): Buffer {
  const out = new JuteWriter();
  const type = json['type'] as number;
  const zxid = numberOf(json['zxid']) as Zxid;
  if (json['data'] === null) writePacket(out, type, zxid);
  else writeWithData(out, json, { way, zxid, data: objectOf(json['data']) });
  return out.take();
}

interface Parts {
  readonly way: Way;
  readonly zxid: Zxid;
  readonly data: JsonObject;
}

function writeWithData(out: JuteWriter, json: JsonObject, { way, zxid, data }: Parts): void {
  const type = json['type'] as number;
  switch (type) {
    case PacketType.REQUEST:
      return writeForwarded(out, json, data);
    case PacketType.PROPOSAL:
    case PacketType.INFORM:
      return writeEntryPacket(out, type, zxid, inPlace(data));
    case PacketType.PING:
      return writePingAnswer(out, zxid, listOf(data['touches']).map(touchOf));
    case PacketType.REVALIDATE:
      return writeRevalidation(out, way, data);
    case PacketType.COMMITANDACTIVATE:
      return writeCommitAndActivate(out, zxid, numberOf(data['designatedLeader']));
    case PacketType.INFORMANDACTIVATE: {
      const entry = inPlace(objectOf(data['txn']));
      return writeInformAndActivate(out, zxid, { designatedLeader: numberOf(data['designatedLeader']), entry });
    }
    default:
      return writePacketWithData(out, type, zxid, plainData(type, data));
  }
}

function plainData(type: number, data: JsonObject): Buffer {
  switch (type) {
    case PacketType.NEWLEADER:
      return Buffer.from(data['config'] as string);
    case PacketType.LEADERINFO:
      return encodeLeaderInfo(numberOf(data['protocolVersion']));
    case PacketType.ACKEPOCH:
      return encodeAckEpoch(data['epoch'] as number);
    default: {
      const { protocolVersion = null, configVersion = null } = data;
      return encodeLearnerInfo({
        sid: numberOf(data['serverid']),
        protocolVersion: protocolVersion === null ? null : numberOf(protocolVersion),
        configVersion: configVersion === null ? null : (numberOf(configVersion) as Zxid),
      });
    }
  }
}

function writeForwarded(out: JuteWriter, json: JsonObject, data: JsonObject): void {
  const opcode = data['opcode'] as number;
  const record = new JuteWriter();
  writeRequestJson(record, opcode, data['request'] ?? null);
  const bytes = record.take();
  writeRequestPacket(out, {
    sessionId: bigintOf(data['session']),
    cxid: data['cxid'] as number,
    opcode,
    body: { bytes, start: 0, end: bytes.length },
    authinfo: json['authinfo'] as unknown as readonly Id[] | null,
  });
}

function writeRevalidation(out: JuteWriter, way: Way, data: JsonObject): void {
  const sessionId = bigintOf(data['session']);
  if (way === 'toLeader') writeRevalidateRequest(out, { sessionId, timeoutMs: data['timeout'] as number });
  else writeRevalidateAnswer(out, { sessionId, isValid: data['valid'] as boolean });
}

function touchOf(touch: JsonObject): Touch {
  return [bigintOf(touch['session']), touch['timeout'] as number];
}

/** The entry as a part of a longer run of bytes, as it lies in the log. */
function inPlace(json: JsonObject): { bytes: Buffer; start: number; end: number } {
  const writer = new JuteWriter().int32(-1);
  writeEntryJson(writer, json);
  const end = writer.length;
  return { bytes: writer.int32(-1).take(), start: 4, end };
}
