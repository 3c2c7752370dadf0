import { describe, expect, it } from 'vitest';
import { protectPath, protectedIdOf, protectedPrefix } from '../../../src/client/support/protected-name.js';

const ID = '510834b4-9fb2-416b-81bc-014582e9376b';

describe('protected names', () => {
  it('puts the identity before the last component only', () => {
    expect(protectPath('/v/mutex/lock-', ID)).toBe(`/v/mutex/_c_${ID}-lock-`);
    expect(protectPath('/lock-', ID)).toBe(`/_c_${ID}-lock-`);
  });

  it('reads the identity back from a name the server completed', () => {
    expect(protectedIdOf(`_c_${ID}-lock-0000000001`)).toBe(ID);
    expect(`_c_${ID}-lock-0000000001`.startsWith(protectedPrefix(ID))).toBe(true);
  });

  it.each([
    ['no prefix', 'lock-0000000001'],
    ['no dash after the identity', `_c_${ID}_lock-0000000001`],
    ['no uuid', `_c_${'x'.repeat(36)}-lock-0000000001`],
    ['nothing after the identity', `_c_${ID}-`],
    ['kazoo', '8363e94ef5984dc59b1cabe06dcc5331__lock__0000000000'],
  ])('sees no identity: %s', (_why, name) => {
    expect(protectedIdOf(name)).toBeNull();
  });
});
