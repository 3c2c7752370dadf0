import type { JuteReader } from './jute-reader.js';
import type { JuteWriter } from './jute-writer.js';
import type { Zxid } from './zxid.js';

/** A znode's metadata as clients see it (client-protocol 4.2). Times are epoch ms. 68 bytes on the wire. */
export interface Stat {
  czxid: Zxid;
  mzxid: Zxid;
  ctime: number;
  mtime: number;
  version: number;
  cversion: number;
  aversion: number;
  /** The owning session, 0n for every other kind of node. */
  ephemeralOwner: bigint;
  dataLength: number;
  numChildren: number;
  pzxid: Zxid;
}

const STAT_BYTES = 68;

/** 68 bytes. A zxid of an epoch from 2^21 on loses its low bits. */
export function readStat(reader: JuteReader): Stat {
  const at = reader.record(STAT_BYTES);
  return {
    czxid: reader.longAt(at) as Zxid,
    mzxid: reader.longAt(at + 8) as Zxid,
    ctime: reader.longAt(at + 16),
    mtime: reader.longAt(at + 24),
    version: reader.int32At(at + 32),
    cversion: reader.int32At(at + 36),
    aversion: reader.int32At(at + 40),
    ephemeralOwner: reader.int64At(at + 44),
    dataLength: reader.int32At(at + 52),
    numChildren: reader.int32At(at + 56),
    pzxid: reader.longAt(at + 60) as Zxid,
  };
}

/** Inverse of {@link readStat}. */
export function writeStat(writer: JuteWriter, stat: Stat): void {
  writer.long(stat.czxid).long(stat.mzxid).long(stat.ctime).long(stat.mtime);
  writer.int32(stat.version).int32(stat.cversion).int32(stat.aversion);
  writer.int64(stat.ephemeralOwner).int32(stat.dataLength).int32(stat.numChildren).long(stat.pzxid);
}
