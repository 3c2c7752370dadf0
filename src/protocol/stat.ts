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

export function readStat(reader: JuteReader): Stat {
  return {
    czxid: reader.zxid(),
    mzxid: reader.zxid(),
    ctime: reader.long(),
    mtime: reader.long(),
    version: reader.int32(),
    cversion: reader.int32(),
    aversion: reader.int32(),
    ephemeralOwner: reader.int64(),
    dataLength: reader.int32(),
    numChildren: reader.int32(),
    pzxid: reader.zxid(),
  };
}

export function writeStat(writer: JuteWriter, stat: Stat): void {
  writer.long(stat.czxid).long(stat.mzxid).long(stat.ctime).long(stat.mtime);
  writer.int32(stat.version).int32(stat.cversion).int32(stat.aversion);
  writer.int64(stat.ephemeralOwner).int32(stat.dataLength).int32(stat.numChildren).long(stat.pzxid);
}
