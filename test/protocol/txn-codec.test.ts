import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Acl, Txn, TxnHeader, Zxid } from '../../src/protocol/index.js';
import {
  JuteReader,
  JuteWriter,
  MarshallingError,
  OpCode,
  readTxn,
  readTxnDigest,
  readTxnHeader,
  writeTxn,
  writeTxnDigest,
  writeTxnHeader,
} from '../../src/protocol/index.js';

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const path = fc.string({ maxLength: 12 }).map((name) => `/${name}`);
const data = fc.option(fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)));
const acl: fc.Arbitrary<readonly Acl[] | null> = fc.option(
  fc.array(fc.record({ perms: int32, id: fc.record({ scheme: fc.string(), id: fc.string() }) }), { maxLength: 3 }),
);

const plainTxns: fc.Arbitrary<Txn>[] = [
  fc.record({
    type: fc.constantFrom(OpCode.create, OpCode.create2),
    path,
    data,
    acl,
    ephemeral: fc.boolean(),
    parentCVersion: int32,
  }),
  fc.record({ type: fc.constant(OpCode.createContainer), path, data, acl, parentCVersion: int32 }),
  fc.record({
    type: fc.constant(OpCode.createTTL),
    path,
    data,
    acl,
    parentCVersion: int32,
    ttlMs: fc.integer({ min: 1, max: 0xff_ffff_ffff }),
  }),
  fc.record({ type: fc.constantFrom(OpCode.delete, OpCode.deleteContainer), path }),
  fc.record({ type: fc.constantFrom(OpCode.setData, OpCode.reconfig), path, data, version: int32 }),
  fc.record({ type: fc.constant(OpCode.setACL), path, acl, version: int32 }),
  fc.record({ type: fc.constant(OpCode.check), path, version: int32 }),
  fc.record({ type: fc.constant(OpCode.createSession), timeOut: int32 }),
  fc.record({ type: fc.constant(OpCode.error), err: int32 }),
];
const plainTxn = fc.oneof(...plainTxns);
const multi = fc.record({ type: fc.constant(OpCode.multi), txns: fc.array(plainTxn, { maxLength: 4 }) });
const closeSession = fc.record({
  type: fc.constant(OpCode.closeSession),
  paths: fc.option(fc.array(path, { maxLength: 4 })),
});
const anyTxn = fc.oneof(plainTxn, multi, closeSession);

const header: fc.Arbitrary<TxnHeader> = fc.record({
  clientId: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  cxid: int32,
  zxid: fc.maxSafeNat().map((zxid) => zxid as Zxid),
  timeMs: fc.maxSafeInteger(),
  type: int32,
});
const digest = fc.option(fc.record({ version: int32, digest: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }));

/** What a log holds of it: see the test of multis below. */
function asLogged(txn: Txn): Txn {
  if (txn.type !== OpCode.multi) return txn;
  return { ...txn, txns: txn.txns.map((sub) => (sub.type === OpCode.create2 ? { ...sub, type: OpCode.create } : sub)) };
}

describe('logged transactions', () => {
  it('come back as written, header and digest included', () => {
    fc.assert(
      fc.property(header, anyTxn, digest, (givenHeader, txn, givenDigest) => {
        const writer = new JuteWriter();
        writeTxnHeader(writer, givenHeader);
        writeTxn(writer, txn);
        if (givenDigest !== null) writeTxnDigest(writer, givenDigest);
        const reader = new JuteReader(writer.take());
        expect(readTxnHeader(reader)).toEqual(givenHeader);
        expect(readTxn(reader, txn.type)).toEqual(asLogged(txn));
        expect(readTxnDigest(reader)).toEqual(givenDigest);
      }),
    );
  });

  it('are 32 bytes of header and 12 of digest around their record', () => {
    const writer = new JuteWriter();
    writeTxnHeader(writer, { clientId: 1n, cxid: 2, zxid: 3 as Zxid, timeMs: 4, type: OpCode.error });
    expect(writer.length).toBe(32);
    writeTxn(writer, { type: OpCode.error, err: -101 });
    writeTxnDigest(writer, { version: 2, digest: 5n });
    expect(writer.length).toBe(32 + 4 + 12);
  });

  it('hold a create2 inside a multi as a create, the only type that every Apache release applies there', () => {
    const made = { path: '/n', data: null, acl: null, ephemeral: false, parentCVersion: 1 };
    const writer = new JuteWriter();
    writeTxn(writer, { type: OpCode.multi, txns: [{ type: OpCode.create2, ...made }] });
    const multi = readTxn(new JuteReader(writer.take()), OpCode.multi);
    expect(multi).toEqual({ type: OpCode.multi, txns: [{ type: OpCode.create, ...made }] });
    writeTxn(writer, { type: OpCode.create2, ...made });
    expect(readTxn(new JuteReader(writer.take()), OpCode.create2)).toEqual({ type: OpCode.create2, ...made });
  });

  it.each([
    ['an unknown type', 999, ''],
    ['a null path', OpCode.delete, 'ffffffff'],
    ['a record cut short', OpCode.setData, '000000022f61'],
    ['a multi whose part has no body', OpCode.multi, '0000000100000002ffffffff'],
    ['paths that do not fit', OpCode.closeSession, '0000000200000001'],
  ])('refuses %s', (_what, type, hex) => {
    expect(() => readTxn(new JuteReader(Buffer.from(hex, 'hex')), type)).toThrow(MarshallingError);
  });

  it('refuses a multi inside a multi, however deep a damaged record nests them', () => {
    const depth = 20_000;
    const body = Buffer.alloc(depth * 12 + 4);
    for (let level = 0; level < depth; level++) {
      body.writeInt32BE(1, level * 12);
      body.writeInt32BE(OpCode.multi, level * 12 + 4);
      body.writeInt32BE((depth - level - 1) * 12 + 4, level * 12 + 8);
    }
    expect(() => readTxn(new JuteReader(body), OpCode.multi)).toThrow(MarshallingError);
  });

  it('refuses bytes after a record that are no digest', () => {
    expect(() => readTxnDigest(new JuteReader(Buffer.alloc(11)))).toThrow('11 bytes follow a transaction, not 0 or 12');
  });
});
