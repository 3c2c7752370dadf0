import type { Codec } from './codec.js';
import type { JuteReader } from './jute-reader.js';
import { JuteWriter } from './jute-writer.js';

/** Permission bits (client-protocol 9.1). */
export const Perms = { read: 1, write: 2, create: 4, delete: 8, admin: 16, all: 31 } as const;

/** An identity: of a connection, or the one an ACL entry grants to. Wire: ustring scheme, ustring id. */
export interface Id {
  readonly scheme: string | null;
  readonly id: string | null;
}

/** Wire: int perms, Id id. */
export interface Acl {
  readonly perms: number;
  readonly id: Id;
}

/** Every connection has this identity, whether it authenticated or not. */
export const WORLD_ANYONE: Id = Object.freeze({ scheme: 'world', id: 'anyone' });
/** Everybody may do everything. */
export const OPEN_ACL_UNSAFE: readonly Acl[] = Object.freeze([Object.freeze({ perms: Perms.all, id: WORLD_ANYONE })]);
/** Everybody may read, and nobody may do anything else. */
export const READ_ACL_UNSAFE: readonly Acl[] = Object.freeze([Object.freeze({ perms: Perms.read, id: WORLD_ANYONE })]);
/** Whoever creates the node may do everything: needs an authenticated identity. */
export const CREATOR_ALL_ACL: readonly Acl[] = Object.freeze([
  Object.freeze({ perms: Perms.all, id: Object.freeze({ scheme: 'auth', id: '' }) }),
]);

/** Wire: int perms, ustring scheme, ustring id. */
export function readAcl(reader: JuteReader): Acl {
  return { perms: reader.int32(), id: { scheme: reader.ustring(), id: reader.ustring() } };
}

/** Inverse of {@link readAcl}. */
export function writeAcl(writer: JuteWriter, acl: Acl): void {
  writer.int32(acl.perms).ustring(acl.id.scheme).ustring(acl.id.id);
}

/** Nearly every list is this one: known by its bytes, it costs no objects and no strings. */
const OPEN_ACL_BYTES = new JuteWriter().vector(OPEN_ACL_UNSAFE, writeAcl).take();

/** vector<ACL>. The list of {@link OPEN_ACL_UNSAFE} comes back as that very object. */
export const aclListCodec: Codec<readonly Acl[] | null> = {
  read: (reader) => (reader.takeIf(OPEN_ACL_BYTES) ? OPEN_ACL_UNSAFE : reader.vector(readAcl)),
  write: (writer, list) => (list === OPEN_ACL_UNSAFE ? writer.bytes(OPEN_ACL_BYTES) : writer.vector(list, writeAcl)),
};
