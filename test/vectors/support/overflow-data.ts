import type { Zxid } from '../../../src/protocol/index.js';
import { NodeDisk } from '../../../src/server/storage/node-disk.js';
import { writeSnapshot } from '../../../src/server/storage/snapshot-writer.js';
import { TreeLoader } from '../../../src/server/tree/tree-loader.js';

const OPEN_ACL_KEY = -1;
const LAST_ZXID = 5 as Zxid;

/** What the recorded server `overflow` started from: three nodes whose counters were edited to just before they wrap. */
const EDITED = [
  { path: '/ov', zxid: 2 as Zxid, counters: { version: 0, cversion: 2147483645, aversion: 0 } },
  { path: '/dv', zxid: 3 as Zxid, counters: { version: 2147483646, cversion: 0, aversion: 2147483646 } },
  { path: '/nv', zxid: 4 as Zxid, counters: { version: -3, cversion: 0, aversion: -3 } },
];

/** Puts that snapshot into a data directory that no server has used yet. */
export async function writeOverflowData(dataDir: string): Promise<void> {
  const loader = new TreeLoader({ extendedTypesEnabled: false, digestEnabled: false });
  const nowMs = Date.now();
  for (const { path, zxid, counters } of EDITED) {
    loader.addNode({
      path,
      data: Buffer.alloc(0),
      aclKey: OPEN_ACL_KEY,
      ...counters,
      czxid: zxid,
      mzxid: zxid,
      pzxid: zxid,
      ctime: nowMs,
      mtime: nowMs,
      ephemeralOwner: 0n,
    });
  }
  const disk = new NodeDisk();
  const directory = `${dataDir}/version-2`;
  await disk.makeDirectories(directory);
  const tree = loader.finish(LAST_ZXID).beginSnapshot();
  const options = {
    disk,
    directory,
    compression: '',
    digestEnabled: false,
    serializeLastProcessedZxid: false,
  } as const;
  await writeSnapshot({ tree, sessions: [] }, options);
  tree.close();
}
