import { describe, expect, it } from 'vitest';
import { OPEN_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import type { Txn } from '../../../src/protocol/txn.js';
import { logForm } from '../../../src/server/storage/log-form.js';

const create = (type: typeof OpCode.create | typeof OpCode.create2): Txn => ({
  type,
  path: '/a',
  data: Buffer.from('x'),
  acl: OPEN_ACL_UNSAFE,
  ephemeral: false,
  parentCVersion: 3,
});

describe('logForm', () => {
  it('writes a create2 inside a multi as create, which every release replays', () => {
    const deletion: Txn = { type: OpCode.delete, path: '/b' };
    const multi: Txn = { type: OpCode.multi, txns: [create(OpCode.create2), deletion] };
    expect(logForm(multi)).toEqual({ type: OpCode.multi, txns: [create(OpCode.create), deletion] });
    expect(multi.txns[0]?.type).toBe(OpCode.create2);
  });

  it('leaves everything else as it is', () => {
    const multi: Txn = { type: OpCode.multi, txns: [create(OpCode.create)] };
    for (const txn of [multi, create(OpCode.create2), create(OpCode.create)]) expect(logForm(txn)).toBe(txn);
  });
});
