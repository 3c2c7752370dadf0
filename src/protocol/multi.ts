import type { CheckVersionRequest } from './check.js';
import { checkCodec } from './check.js';
import type { Codec, Empty, OpCodec } from './codec.js';
import type { Create2Response, CreateRequest, CreateResponse, CreateTtlRequest } from './create.js';
import { create2Codec, createCodec, createTtlCodec } from './create.js';
import type { DeleteRequest } from './delete.js';
import { deleteCodec } from './delete.js';
import { MarshallingError } from './errors.js';
import type { StatResponse, WatchableReadRequest } from './exists.js';
import type { GetChildrenResponse } from './get-children.js';
import { getChildrenCodec } from './get-children.js';
import type { GetDataResponse } from './get-data.js';
import { getDataCodec } from './get-data.js';
import type { JuteReader } from './jute-reader.js';
import type { JuteWriter } from './jute-writer.js';
import type { ErrorResponse } from './add-watch.js';
import { addWatchCodec } from './add-watch.js';
import { OpCode } from './op-codes.js';
import type { SetDataRequest } from './set-data.js';
import { setDataCodec } from './set-data.js';

/** int type, boolean done, int err: 9 bytes before each op and, with done set, at the end */
export interface MultiHeader {
  type: number;
  done: boolean;
  err: number;
}

/** One op of a multi; `err` is what its header carried (-1 by custom, ignored by servers). */
export type MultiOp = { err: number } & (
  | { type: typeof OpCode.create | typeof OpCode.create2 | typeof OpCode.createContainer; body: CreateRequest }
  | { type: typeof OpCode.createTTL; body: CreateTtlRequest }
  | { type: typeof OpCode.delete; body: DeleteRequest }
  | { type: typeof OpCode.setData; body: SetDataRequest }
  | { type: typeof OpCode.check; body: CheckVersionRequest }
);

/** One op of a multiRead. */
export interface MultiReadOp {
  err: number;
  type: typeof OpCode.getData | typeof OpCode.getChildren;
  body: WatchableReadRequest;
}

/** One result. A create2, createContainer or createTTL op answers as type create2, an error as type error. */
export type MultiResult = { err: number } & (
  | { type: typeof OpCode.create; body: CreateResponse }
  | { type: typeof OpCode.create2; body: Create2Response }
  | { type: typeof OpCode.setData; body: StatResponse }
  | { type: typeof OpCode.delete | typeof OpCode.check; body: Empty }
  | { type: typeof OpCode.getData; body: GetDataResponse }
  | { type: typeof OpCode.getChildren; body: GetChildrenResponse }
  | { type: typeof OpCode.error; body: ErrorResponse }
);

/** { MultiHeader, record }* MultiHeader(-1, done); `endErr` is what the last header carried (-1 by custom, ignored). */
export interface MultiRequest {
  ops: readonly MultiOp[];
  endErr?: number;
}
/** { MultiHeader, record }* MultiHeader(-1, done), of getData and getChildren alone; `endErr` as in MultiRequest. */
export interface MultiReadRequest {
  ops: readonly MultiReadOp[];
  endErr?: number;
}
/** { MultiHeader, record }* MultiHeader(-1, done): one result an op, in order. Of a refused multi all are errors. */
export interface MultiResponse {
  results: readonly MultiResult[];
}

/** What a list of headed records is made of; each codec is the one of the header's type. */
interface Headed {
  type: number;
  err: number;
  body: unknown;
}

type Codecs = ReadonlyMap<number, Codec<unknown>>;

const writeOps: Codecs = new Map<number, Codec<unknown>>([
  [OpCode.create, createCodec.request],
  [OpCode.create2, create2Codec.request],
  [OpCode.createContainer, create2Codec.request],
  [OpCode.createTTL, createTtlCodec.request],
  [OpCode.delete, deleteCodec.request],
  [OpCode.setData, setDataCodec.request],
  [OpCode.check, checkCodec.request],
]);

const readOps: Codecs = new Map<number, Codec<unknown>>([
  [OpCode.getData, getDataCodec.request],
  [OpCode.getChildren, getChildrenCodec.request],
]);

const results: Codecs = new Map<number, Codec<unknown>>([
  [OpCode.create, createCodec.response],
  [OpCode.create2, create2Codec.response],
  [OpCode.setData, setDataCodec.response],
  [OpCode.delete, deleteCodec.response],
  [OpCode.check, checkCodec.response],
  [OpCode.getData, getDataCodec.response],
  [OpCode.getChildren, getChildrenCodec.response],
  [OpCode.error, addWatchCodec.response],
]);

interface HeadedList {
  list: readonly Headed[];
  /** Of the end header. */
  endErr: number;
}

function readList(reader: JuteReader, codecs: Codecs): HeadedList {
  const list: Headed[] = [];
  for (;;) {
    const type = reader.int32();
    const done = reader.bool();
    const err = reader.int32();
    if (done) return { list, endErr: err };
    const codec = codecs.get(type);
    if (codec === undefined) throw new MarshallingError(`op type ${type} is not allowed in this multi`);
    list.push({ type, err, body: codec.read(reader) });
  }
}

function writeList(writer: JuteWriter, codecs: Codecs, { list, endErr }: HeadedList): void {
  for (const headed of list) writeHeaded(writer, codecs, headed);
  writer.int32(-1).bool(true).int32(endErr);
}

function writeHeaded(writer: JuteWriter, codecs: Codecs, { type, err, body }: Headed): void {
  const codec = codecs.get(type);
  if (codec === undefined) throw new MarshallingError(`op type ${type} is not allowed in this multi`);
  writer.int32(type).bool(false).int32(err);
  codec.write(writer, body);
}

/** One result of a MultiResponse: for an answer that is made piece by piece; {@link writeMultiEnd} ends it. */
export function writeMultiResult(writer: JuteWriter, result: MultiResult): void {
  writeHeaded(writer, results, result);
}

/** MultiHeader(-1, done), with err -1 by custom. */
export function writeMultiEnd(writer: JuteWriter): void {
  writeList(writer, results, { list: [], endErr: -1 });
}

/** The answer of multi and multiRead. Throws {@link MarshallingError} for a result type that neither has. */
export const multiResponseCodec: Codec<MultiResponse> = {
  read: (reader) => ({ results: readList(reader, results).list as MultiResult[] }),
  write: (writer, value) => writeList(writer, results, { list: value.results, endErr: -1 }),
};

/** multi (op 14, client-protocol 6). Throws {@link MarshallingError} for an op that is no write. */
export const multiCodec: OpCodec<MultiRequest, MultiResponse> = {
  request: {
    read: (reader) => {
      const { list, endErr } = readList(reader, writeOps);
      return { ops: list as MultiOp[], endErr };
    },
    write: (writer, value) => writeList(writer, writeOps, { list: value.ops, endErr: value.endErr ?? -1 }),
  },
  response: multiResponseCodec,
};

/** multiRead (op 22). Throws {@link MarshallingError} for an op that is neither getData nor getChildren. */
export const multiReadCodec: OpCodec<MultiReadRequest, MultiResponse> = {
  request: {
    read: (reader) => {
      const { list, endErr } = readList(reader, readOps);
      return { ops: list as MultiReadOp[], endErr };
    },
    write: (writer, value) => writeList(writer, readOps, { list: value.ops, endErr: value.endErr ?? -1 }),
  },
  response: multiResponseCodec,
};
