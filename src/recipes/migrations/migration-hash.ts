import { createHash } from 'node:crypto';
import { dataOf } from '../../client/arguments.js';
import type { CreateMode, NodeData } from '../../client/operation-types.js';
import type { Acl } from '../../protocol/acl.js';
import { OPEN_ACL_UNSAFE } from '../../protocol/acl.js';
import { OpCode } from '../../protocol/op-codes.js';
import type { Migration, MigrationOp } from './migration-op.js';

/** Flags of the wire. */
const FLAGS: Record<CreateMode, number> = {
  persistent: 0,
  ephemeral: 1,
  'persistent-sequential': 2,
  'ephemeral-sequential': 3,
  container: 4,
  ttl: 5,
  'ttl-sequential': 6,
};
const ANY_VERSION = -1;
const ESCAPED = new Set(['\0', '\n', '\r', ',', '}', '%']);

/**
 * What a migration is remembered by: the same 32 bytes that Curator stores. SHA-256 over, for each operation, its path, its
 * op code in digits, and the text form of its request.
 */
export function migrationHash(migration: Migration): Buffer {
  const hash = createHash('sha256');
  for (const op of migration) hash.update(op.path, 'utf8').update(`${opCode(op)}${requestText(op)}`, 'utf8');
  return hash.digest();
}

function opCode(op: MigrationOp): number {
  switch (op.type) {
    case 'create':
      if (op.mode === 'container') return OpCode.createContainer;
      return isTtl(op.mode) ? OpCode.createTTL : OpCode.create;
    case 'delete':
      return OpCode.delete;
    case 'setData':
      return OpCode.setData;
    case 'check':
      return OpCode.check;
  }
}

/** ZooKeeper's own text form of a record: fields with commas between them, and a line feed at the end. */
function requestText(op: MigrationOp): string {
  const path = textOf(op.path);
  switch (op.type) {
    case 'create': {
      const { data = null, acl = OPEN_ACL_UNSAFE, mode = 'persistent', ttlMs } = op;
      const ttl = isTtl(mode) ? `,${ttlMs ?? 0}` : '';
      return `${path},${bytesOf(data, op.path)},${aclOf(acl)},${FLAGS[mode]}${ttl}\n`;
    }
    case 'setData':
      return `${path},${bytesOf(op.data, op.path)},${op.version ?? ANY_VERSION}\n`;
    case 'delete':
    case 'check':
      return `${path},${op.version ?? ANY_VERSION}\n`;
  }
}

function aclOf(acl: readonly Acl[]): string {
  const entries = acl.map(({ perms, id }) => `s{${perms},s{${textOf(id.scheme ?? '')},${textOf(id.id ?? '')}}}`);
  return `v{${entries.join(',')}}`;
}

function textOf(text: string): string {
  const escape = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  return `'${[...text].map((char) => (ESCAPED.has(char) ? escape(char) : char)).join('')}`;
}

/** As Java prints them: hexadecimal of each signed byte, without leading zeros, and eight digits for what is negative. */
function bytesOf(data: NodeData, path: string): string {
  const bytes = dataOf(data, path);
  if (bytes === null || bytes.length === 0) return '';
  const digits = [...bytes].map((byte) => (byte < 0x80 ? byte : byte + 0xffff_ff00).toString(16));
  return `#${digits.join('')}`;
}

function isTtl(mode: CreateMode | undefined): boolean {
  return mode === 'ttl' || mode === 'ttl-sequential';
}
