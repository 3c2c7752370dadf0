import type { Acl } from '../../../src/protocol/acl.js';
import { CREATOR_ALL_ACL, OPEN_ACL_UNSAFE, READ_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import type { OpCodec } from '../../../src/protocol/codec.js';
import { JuteWriter } from '../../../src/protocol/jute-writer.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { codecOf } from '../../../src/protocol/request-codec.js';
import type { SeededRandom } from '../../support/seeded-random.js';

const PATHS = [
  ...['/a', '/b', '/c', '/a/x', '/a/y', '/a/x/z', '/b/e', '/c/t', '/a/s-', '/c/s-', '/a/é', '/'],
  ...[
    '/zookeeper',
    '/zookeeper/quota',
    '/zookeeper/config',
    '/zookeeper/quota/a',
    '/zookeeper/quota/a/zookeeper_limits',
  ],
];
const ODD_PATHS = ['', 'a', '/a/', '//', '/a//b', '/a/./b', '/..', '/\u0000', '/\ud800', `/${'p'.repeat(600)}`, null];
const ODD_ACLS: readonly (readonly Acl[] | null)[] = [
  null,
  [],
  [{ perms: -1, id: { scheme: 'world', id: 'anyone' } }],
  [{ perms: 31, id: { scheme: 'digest', id: 'nobody' } }],
  [{ perms: 31, id: { scheme: 'ip', id: '10.0.0.1/33' } }],
  [{ perms: 31, id: { scheme: null, id: null } }],
  Array.from({ length: 300 }, () => ({ perms: 1, id: { scheme: 'ip', id: '10.0.0.0/8' } })),
];
const LIMITS = 'count=5,bytes=4000';

type Build = (draw: Draw) => unknown;

/** Draws the fields of requests: mostly sensible ones, so that the server gets past its first checks. */
export class Draw {
  readonly random: SeededRandom;
  private readonly oddity: number;

  /** `oddity`: how likely a field is one that nobody should send. */
  constructor(random: SeededRandom, oddity: number) {
    this.random = random;
    this.oddity = oddity;
  }

  get isOdd(): boolean {
    return this.random.chance(this.oddity);
  }

  path(): string | null {
    return this.random.pick<string | null>(this.isOdd ? ODD_PATHS : PATHS);
  }

  paths(): (string | null)[] | null {
    return this.isOdd ? null : this.list(6, () => this.path());
  }

  data(): Buffer | null {
    if (this.isOdd) return this.random.chance(0.5) ? null : Buffer.alloc(this.random.below(6000), 0x61);
    return Buffer.from(this.random.pick(['', 'data', LIMITS, 'x'.repeat(this.random.below(200))]));
  }

  acl(): readonly Acl[] | null {
    if (this.isOdd) return this.random.pick(ODD_ACLS);
    return this.random.pick([OPEN_ACL_UNSAFE, OPEN_ACL_UNSAFE, OPEN_ACL_UNSAFE, READ_ACL_UNSAFE, CREATOR_ALL_ACL]);
  }

  flags(least: number, count: number): number {
    return this.isOdd ? this.int() : least + this.random.below(count);
  }

  version(): number {
    return this.isOdd ? this.int() : this.random.pick([-1, -1, 0, 1, 2]);
  }

  int(): number {
    return this.random.pick([0, 1, -1, 7, 255, -128, 2 ** 31 - 1, -(2 ** 31), this.random.below(2 ** 31)]);
  }

  long(): bigint {
    return this.random.pick([0n, 1n, -1n, 1000n, 2n ** 40n - 1n, 2n ** 63n - 1n, -(2n ** 63n)]);
  }

  bool(): boolean {
    return this.random.chance(0.5);
  }

  list<T>(max: number, draw: () => T): T[] {
    return Array.from({ length: this.random.below(max + 1) }, draw);
  }
}

const create: Build = (d) => ({ path: d.path(), data: d.data(), acl: d.acl(), flags: d.flags(0, 4) });
const createContainer: Build = (d) => ({ path: d.path(), data: d.data(), acl: d.acl(), flags: d.flags(4, 1) });
const createTtl: Build = (d) => ({
  path: d.path(),
  data: d.data(),
  acl: d.acl(),
  flags: d.flags(5, 2),
  ttl: d.isOdd ? d.long() : BigInt(1 + d.random.below(3000)),
});
const versioned: Build = (d) => ({ path: d.path(), version: d.version() });
const setData: Build = (d) => ({ path: d.path(), data: d.data(), version: d.version() });
const watchable: Build = (d) => ({ path: d.path(), watch: d.bool() });
const onlyPath: Build = (d) => ({ path: d.path() });
const nothing: Build = () => ({});
const setWatches: Build = (d) => ({
  relativeZxid: d.long(),
  dataWatches: d.paths(),
  existWatches: d.paths(),
  childWatches: d.paths(),
  persistentWatches: d.paths(),
  persistentRecursiveWatches: d.paths(),
});

const MULTI_OPS: readonly (readonly [number, Build])[] = [
  [OpCode.create, create],
  [OpCode.create2, create],
  [OpCode.createContainer, createContainer],
  [OpCode.createTTL, createTtl],
  [OpCode.delete, versioned],
  [OpCode.setData, setData],
  [OpCode.check, versioned],
];

const multi: Build = (d) => ({
  ops: d.list(6, () => {
    const [type, build] = d.random.pick(MULTI_OPS);
    return { type, err: d.int(), body: build(d) };
  }),
});
const multiRead: Build = (d) => ({
  ops: d.list(6, () => {
    const type = d.random.pick([OpCode.getData, OpCode.getChildren]);
    return { type, err: d.int(), body: { path: d.path(), watch: false } };
  }),
});

const BUILDS: readonly (readonly [number, Build])[] = [
  [OpCode.create, create],
  [OpCode.create, create],
  [OpCode.create2, create],
  [OpCode.create2, create],
  [OpCode.createContainer, createContainer],
  [OpCode.createTTL, createTtl],
  [OpCode.delete, versioned],
  [OpCode.deleteContainer, versioned],
  [OpCode.setData, setData],
  [OpCode.setData, setData],
  [OpCode.exists, watchable],
  [OpCode.getData, watchable],
  [OpCode.getChildren, watchable],
  [OpCode.getChildren2, watchable],
  [OpCode.getACL, onlyPath],
  [OpCode.setACL, (d) => ({ path: d.path(), acl: d.acl(), version: d.version() })],
  [OpCode.sync, onlyPath],
  [OpCode.ping, nothing],
  [OpCode.multi, multi],
  [OpCode.multi, multi],
  [OpCode.multiRead, multiRead],
  [OpCode.checkWatches, (d) => ({ path: d.path(), type: d.flags(1, 5) })],
  [OpCode.removeWatches, (d) => ({ path: d.path(), type: d.flags(1, 5) })],
  [OpCode.setWatches, setWatches],
  [OpCode.setWatches2, setWatches],
  [OpCode.addWatch, (d) => ({ path: d.path(), mode: d.flags(0, 2) })],
  [OpCode.getEphemerals, (d) => ({ prefixPath: d.path() })],
  [OpCode.getAllChildrenNumber, onlyPath],
  [OpCode.whoAmI, nothing],
  [OpCode.reconfig, (d) => ({ joiningServers: null, leavingServers: '1', newMembers: null, curConfigId: d.long() })],
  [
    OpCode.auth,
    (d) => ({ type: 0, scheme: d.isOdd && d.isOdd ? 'none' : 'digest', auth: Buffer.from(`u${d.random.below(3)}:p`) }),
  ],
];

/** A whole request with its length prefix. */
export function drawRequest(xid: number, draw: Draw): Buffer {
  const [type, build] = draw.random.pick(BUILDS);
  return requestOf(xid, type, build(draw));
}

export function requestOf(xid: number, type: number, body: unknown): Buffer {
  const writer = new JuteWriter();
  const at = writer.beginFrame();
  writer.int32(xid).int32(type);
  (codecOf(type) as OpCodec<unknown, unknown>).request.write(writer, body);
  return writer.endFrame(at).take();
}
