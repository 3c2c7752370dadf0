/** "ZKSN", int version, long dbid (storage-format 3.1). */
export const SNAPSHOT_HEADER_BYTES = 16;
export const SNAPSHOT_MAGIC = 0x5a4b534e;
export const SNAPSHOT_VERSION = 2;
export const SNAPSHOT_DBID = -1n;

/** Ends the list of nodes, and follows every checksum. */
export const SEAL_PATH = '/';
/** long Adler-32, ustring "/". */
const SEAL_BYTES = 13;
/** How every plain snapshot ends: the path of its last seal. */
export const PLAIN_ENDING = Buffer.from([0, 0, 0, 1, 0x2f]);
export const PLAIN_BYTES_MIN = 10;

/** long zxid, seal: all that may follow the first seal without a digest section. */
export const LAST_ZXID_SECTION_BYTES = 8 + SEAL_BYTES;
/** Longest tail behind the first seal: both sections, with some room for the old form of digest. */
export const TAIL_BYTES_MAX = 256;

/** Ends a snapshot on the wire (quorum-protocol 3.6). */
export const STREAM_SIGNATURE = 'BenWasHere';
