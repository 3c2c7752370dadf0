import { describe, expect, it } from 'vitest';
import type { Acl } from '../../src/protocol/index.js';
import {
  aclListCodec,
  CREATOR_ALL_ACL,
  JuteReader,
  JuteWriter,
  OPEN_ACL_UNSAFE,
  Perms,
  READ_ACL_UNSAFE,
} from '../../src/protocol/index.js';

function roundTrip(list: readonly Acl[] | null): readonly Acl[] | null {
  const writer = new JuteWriter();
  aclListCodec.write(writer, list);
  return aclListCodec.read(new JuteReader(writer.take()));
}

describe('ACL lists', () => {
  it.each([
    ['null', null],
    ['empty', []],
    ['open', OPEN_ACL_UNSAFE],
    ['read only', READ_ACL_UNSAFE],
    ['creator', CREATOR_ALL_ACL],
    ['nulls and odd bits', [{ perms: -1, id: { scheme: null, id: null } }]],
  ])('come back as written: %s', (_what, list) => {
    expect(roundTrip(list)).toEqual(list);
  });

  it('know every permission', () => {
    expect(Perms.read | Perms.write | Perms.create | Perms.delete | Perms.admin).toBe(Perms.all);
  });
});
