import { CreateFlags, OPEN_ACL_UNSAFE, OpCode, Perms, READ_ACL_UNSAFE } from '../../../src/protocol/index.js';
import type { Acl, MultiOp, MultiReadOp, RequestOf, RequestOp } from '../../../src/protocol/index.js';

/** One request of one of the sessions, or the end of a session and the start of the next in its place. */
export type Action =
  | { readonly session: number; readonly kind: 'request'; readonly op: RequestOp; readonly request: unknown }
  | { readonly session: number; readonly kind: 'auth'; readonly credential: string }
  | { readonly session: number; readonly kind: 'renew' };

/** Leaves one-shot watches. */
export const READER = 0;
/** Leaves standing watches; no others, because Apache 3.8 lets one kind of watch on a path replace the other. */
export const WATCHER = 1;
/** May do everything. */
export const SUPER = 2;
export const SESSIONS = [READER, WATCHER, SUPER] as const;

const NAMES = ['a', 'b', 'c'] as const;
const ODD_PATHS = ['', '/', 'a', 'a/b', '/a/', '//a', '/a/./b', '/a/../b', '/a\u0001', '/zookeeper', '/a\ud800'];
const RESERVED = ['/zookeeper/quota', '/zookeeper/config', '/zookeeper/quota/a', '/zookeeper/new'];
const LIMITED = ['/a', '/a/b', '/b'];
const NODE_LIMITS = ['count=3,bytes=-1=;countHardLimit=4', 'count=2,bytes=10', 'count=-1,bytes=-1'];
const BYTE_LIMITS = ['count=3,bytes=-1=;byteHardLimit=20', 'count=2,bytes=10=;byteHardLimit=30;countHardLimit=9'];
const CREDENTIALS = ['alice:secret', 'bob:secret'];
const ALICE = 'alice:aYXlLOpEooaV1cRAvUL1fp9Qt7E=';
/** Children, data, any, and one that there is not. */
const WATCH_TYPES = [1, 2, 3, 9] as const;
const CREATE_OPS = [OpCode.create, OpCode.create2, OpCode.createContainer] as const;

const acls: readonly (readonly Acl[])[] = [
  READ_ACL_UNSAFE,
  [{ perms: Perms.all, id: { scheme: 'auth', id: '' } }],
  [
    { perms: Perms.all, id: { scheme: 'digest', id: ALICE } },
    { perms: Perms.read | Perms.create, id: { scheme: 'world', id: 'anyone' } },
  ],
  [
    { perms: Perms.all, id: { scheme: 'ip', id: '127.0.0.1' } },
    { perms: Perms.all, id: { scheme: 'ip', id: '127.0.0.1' } },
  ],
  [{ perms: Perms.all, id: { scheme: 'ip', id: '192.0.2.0/24' } }],
  [{ perms: Perms.write | Perms.delete, id: { scheme: 'world', id: 'anyone' } }],
  [],
  [{ perms: Perms.all, id: { scheme: 'bogus', id: 'x' } }],
  [{ perms: Perms.all, id: { scheme: 'world', id: 'nobody' } }],
  [{ perms: Perms.all, id: { scheme: 'digest', id: 'no colon' } }],
];

/** What a run is about. Not all at once: see {@link PROFILES}. */
export interface TrafficProfile {
  readonly multis: boolean;
  readonly setData: boolean;
  readonly setAcl: boolean;
  /** Contents for limits nodes that come and go; none means that there are no quotas. */
  readonly limits: readonly string[];
  /** Content of the limits node of a quota that is there from first to last. */
  readonly steadyLimits?: string;
}

/**
 * Apache checks a quota against what is committed, so that a multi escapes it, and refuses to shrink what is above its limit
 * in bytes; pinfold counts what is under way, and lets it shrink. So the runs keep these apart.
 */
export const PROFILES: Readonly<Record<string, TrafficProfile>> = {
  'everything but quotas': { multis: true, setData: true, setAcl: true, limits: [] },
  'quotas in nodes': { multis: false, setData: true, setAcl: true, limits: NODE_LIMITS },
  'quotas in bytes': { multis: false, setData: false, setAcl: true, limits: BYTE_LIMITS },
  'a steady quota': {
    multis: false,
    setData: true,
    setAcl: true,
    limits: [],
    steadyLimits: 'count=3,bytes=-1=;countHardLimit=8',
  },
};

/** Quotas that come and go are counted wrong meanwhile; after a restart pinfold has counted anew, Apache has not. */
export const PROFILES_ACROSS_SERVERS: readonly string[] = ['everything but quotas', 'a steady quota'];

/** For requests sent without waiting: Apache checks them against the ACL as committed, whatever setACL is under way. */
export const PROFILE_AT_ONCE: TrafficProfile = { multis: true, setData: true, setAcl: false, limits: [] };

/** Random requests on a few paths, so that they meet; the same seed gives the same requests. */
export class RandomTraffic {
  readonly #profile: TrafficProfile;
  #state: number;

  constructor(seed: number, profile: TrafficProfile) {
    this.#state = seed;
    this.#profile = profile;
  }

  /** This many requests. */
  take(count: number): Action[] {
    const { steadyLimits } = this.#profile;
    const first = steadyLimits === undefined ? [] : steadyQuota(steadyLimits);
    return [...first, ...Array.from({ length: count - first.length }, () => this.#next())];
  }

  #next(): Action {
    const roll = this.#below(100);
    const session = this.#pick(SESSIONS);
    if (roll < 2) return { session, kind: 'renew' };
    if (roll < 4) return { session, kind: 'auth', credential: this.#pick(CREDENTIALS) };
    if (roll < 55) return this.#write(session);
    if (roll < 62 && this.#profile.limits.length > 0) return this.#quotaWrite(session);
    return this.#read(session);
  }

  #write(session: number): Action {
    const roll = this.#below(10);
    const path = this.#path();
    if (roll < 4) return this.#create(session, path);
    if (roll < 6) return request(session, OpCode.delete, { path, version: this.#version() });
    if (roll < 8 && this.#profile.setData)
      return request(session, OpCode.setData, { path, data: this.#data(), version: this.#version() });
    if (this.#profile.setAcl && (roll < 9 || !this.#profile.multis)) {
      return request(session, OpCode.setACL, { path, acl: this.#acl(), version: this.#version() });
    }
    return request(session, OpCode.multi, { ops: this.#list(5, () => this.#multiOp()) });
  }

  #create(session: number, path: string): Action {
    const flags = this.#below(20) === 0 ? this.#pick([7, -1, 100]) : this.#below(7);
    const body = { path, data: this.#data(), acl: this.#acl(), flags };
    if (this.#below(8) > 0) return request(session, this.#pick(CREATE_OPS), body);
    const ttl = this.#pick([0n, 60_000n, 600_000n, 0xff_ffff_ffffn, 0x100_0000_0000n]);
    return request(session, OpCode.createTTL, { ...body, ttl });
  }

  /** No flags that are out of range: Apache refuses the one op up to 3.8.1, the whole multi later. */
  #multiOp(): MultiOp {
    const path = this.#path();
    const roll = this.#below(10);
    const err = -1;
    if (roll < 2) return { type: OpCode.delete, err, body: { path, version: this.#version() } };
    if (roll < 4) return { type: OpCode.setData, err, body: { path, data: this.#data(), version: this.#version() } };
    if (roll < 5) return { type: OpCode.check, err, body: { path, version: this.#version() } };
    const body = { path, data: this.#data(), acl: this.#acl(), flags: this.#below(CreateFlags.container + 1) };
    if (roll < 8) return { type: this.#pick(CREATE_OPS), err, body };
    return { type: OpCode.createTTL, err, body: { ...body, flags: this.#below(7), ttl: 600_000n } };
  }

  #quotaWrite(session: number): Action {
    const home = `/zookeeper/quota${this.#pick(LIMITED)}`;
    const path = this.#pick([home, `${home}/zookeeper_limits`, `${home}/zookeeper_stats`]);
    const data = Buffer.from(path.endsWith('_limits') ? this.#pick(this.#profile.limits) : '');
    // Without its Stat: whether that tells of the data as sent or as replaced by the server is left open.
    if (this.#below(4) > 0) return request(session, OpCode.create, { path, data, acl: OPEN_ACL_UNSAFE, flags: 0 });
    return request(session, OpCode.delete, { path, version: -1 });
  }

  #read(session: number): Action {
    const path = this.#path();
    const watch = session === READER && this.#below(2) === 0;
    switch (this.#below(12)) {
      case 0:
        // The recorded server lets everybody ask, newer ones only who may read.
        return request(SUPER, OpCode.exists, { path, watch });
      case 1:
      case 2:
        return request(session, OpCode.getData, { path, watch });
      case 3:
        return request(session, OpCode.getChildren, { path, watch });
      case 4:
        return request(session, OpCode.getChildren2, { path, watch });
      case 5:
        return request(session, OpCode.getACL, { path });
      case 6:
        return request(session, OpCode.getAllChildrenNumber, { path });
      case 7:
        return request(session, OpCode.getEphemerals, { prefixPath: path });
      case 8:
        return this.#below(2) === 0 ? request(session, OpCode.sync, { path }) : request(session, OpCode.whoAmI, {});
      case 9:
        return request(session, OpCode.multiRead, { ops: this.#list(4, () => this.#multiReadOp()) });
      default:
        return this.#watch(path);
    }
  }

  #watch(path: string): Action {
    const isRecursive = path.length % 2;
    const wipe = this.#below(4) === 0;
    if (this.#below(3) === 0) {
      if (wipe) return request(READER, OpCode.removeWatches, { path, type: this.#pick(WATCH_TYPES) });
      return request(READER, OpCode.setWatches, {
        relativeZxid: BigInt(this.#below(400)),
        dataWatches: this.#list(2, () => this.#plainPath()),
        existWatches: this.#list(2, () => this.#plainPath()),
        childWatches: this.#list(2, () => this.#plainPath()),
      });
    }
    if (wipe) return request(WATCHER, OpCode.removeWatches, { path, type: 3 });
    return request(WATCHER, OpCode.addWatch, { path, mode: isRecursive });
  }

  #multiReadOp(): MultiReadOp {
    const type = this.#pick([OpCode.getData, OpCode.getChildren] as const);
    return { type, err: -1, body: { path: this.#path(), watch: false } };
  }

  #path(): string {
    const roll = this.#below(30);
    if (roll === 0) return this.#pick(ODD_PATHS);
    if (roll === 1) return this.#pick(RESERVED);
    return this.#plainPath();
  }

  #plainPath(): string {
    return this.#list(2, () => this.#pick(NAMES), 1).reduce((path, name) => `${path}/${name}`, '');
  }

  #data(): Buffer | null {
    const bytes = this.#below(8) - 1;
    return bytes < 0 ? null : Buffer.alloc(bytes * 2, 'data');
  }

  #version(): number {
    return this.#below(2) === 0 ? -1 : this.#below(5) - 2;
  }

  #acl(): readonly Acl[] {
    return this.#below(4) > 0 ? OPEN_ACL_UNSAFE : this.#pick(acls);
  }

  #list<T>(max: number, item: () => T, min = 0): T[] {
    return Array.from({ length: min + this.#below(max - min + 1) }, item);
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[this.#below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** The generator `mulberry32`: small, seeded, good enough to mix requests. */
  #below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  }
}

function steadyQuota(limits: string): Action[] {
  const home = '/zookeeper/quota/b';
  const nodes = [
    [home, ''],
    [`${home}/zookeeper_limits`, limits],
    [`${home}/zookeeper_stats`, ''],
  ] as const;
  return nodes.map(([path, text]) =>
    request(SUPER, OpCode.create, { path, data: Buffer.from(text), acl: OPEN_ACL_UNSAFE, flags: 0 }),
  );
}

function request<Op extends RequestOp>(session: number, op: Op, body: RequestOf<Op>): Action {
  return { session, kind: 'request', op, request: body };
}
