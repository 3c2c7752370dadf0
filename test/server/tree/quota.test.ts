import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/error-codes.js';
import {
  formatQuotaUsage,
  limitsPathOf,
  parseQuotaLimits,
  parseQuotaUsage,
  prefixOfLimitsPath,
  prefixOfStatsPath,
  statsPathOf,
} from '../../../src/server/tree/quota.js';
import { create, multi, remove, setData, CLOSE_SESSION, TreeHarness } from './support/tree-harness.js';

const NO_LIMITS = 'count=-1,bytes=-1';

/** A tree with a quota on `/q`, which has 3 bytes. */
function limited(limits: string, options: { enforceQuota?: boolean } = {}): TreeHarness {
  const tree = new TreeHarness(options).given(create('/q', { data: 'abc' }));
  return withQuota(tree, '/q', limits);
}

function withQuota(tree: TreeHarness, prefix: string, limits: string): TreeHarness {
  if (tree.tree.find(`/zookeeper/quota${prefix}`) === undefined) tree.given(create(`/zookeeper/quota${prefix}`));
  return tree.given(create(limitsPathOf(prefix), { data: limits }), create(statsPathOf(prefix)));
}

const usage = (tree: TreeHarness, prefix = '/q'): string | null | undefined => tree.text(statsPathOf(prefix));

describe('quota text', () => {
  it.each([
    ['count=3,bytes=-1', { count: 3, bytes: -1, countHard: -1, bytesHard: -1 }],
    ['count=3,bytes=-1=;byteHardLimit=-1;countHardLimit=7', { count: 3, bytes: -1, countHard: 7, bytesHard: -1 }],
    ['count=-1,bytes=-1;byteHardLimit=10;countHardLimit=3', { count: -1, bytes: -1, countHard: 3, bytesHard: 10 }],
    ['', { count: -1, bytes: -1, countHard: -1, bytesHard: -1 }],
    ['count=x,nonsense;bytes=99999999999999999999', { count: -1, bytes: -1, countHard: -1, bytesHard: -1 }],
  ])('%s', (text, expected) => {
    expect(parseQuotaLimits(Buffer.from(text))).toEqual(expected);
  });

  it('of usage goes both ways', () => {
    expect(formatQuotaUsage({ count: 4, bytes: 30 }).toString()).toBe('count=4,bytes=30');
    expect(parseQuotaUsage(Buffer.from('count=4,bytes=30'))).toEqual({ count: 4, bytes: 30 });
    expect(parseQuotaUsage(null)).toEqual({ count: 0, bytes: 0 });
  });

  it('is found by its paths', () => {
    expect(prefixOfLimitsPath('/zookeeper/quota/a/b/zookeeper_limits')).toBe('/a/b');
    expect(prefixOfStatsPath('/zookeeper/quota/a/zookeeper_stats')).toBe('/a');
    expect(prefixOfStatsPath('/zookeeper/quota/a/zookeeper_limits')).toBeNull();
    for (const path of [
      '/zookeeper/quota/zookeeper_limits',
      '/zookeeper/quotas/a/zookeeper_limits',
      '/a/zookeeper_limits',
    ]) {
      expect(prefixOfLimitsPath(path)).toBeNull();
    }
  });
});

describe('usage', () => {
  it('is counted when its node is made, and kept up from then on', () => {
    const tree = limited(NO_LIMITS);
    expect(usage(tree)).toBe('count=1,bytes=3');
    tree.given(create('/q/k', { data: 'xyz' }), create('/q/k/l', { data: null }));
    expect(usage(tree)).toBe('count=3,bytes=6');
    tree.given(setData('/q/k', ''), setData('/q', null), remove('/q/k/l'));
    expect(usage(tree)).toBe('count=2,bytes=0');
    tree.given(create('/q/e', { flags: 1, data: '12' }), create('/qq', { data: 'not below' }), CLOSE_SESSION);
    expect(usage(tree)).toBe('count=2,bytes=0');
  });

  it('changes neither stat nor digest and fires nothing', () => {
    const tree = limited(NO_LIMITS);
    const { dataLength: _, ...before } = tree.stat(statsPathOf('/q'));
    tree.events.length = 0;
    tree.given(create('/q/k', { data: '1234567890' }));
    expect(tree.stat(statsPathOf('/q'))).toMatchObject(before);
    expect(tree.stat(statsPathOf('/q')).dataLength).toBe('count=2,bytes=13'.length);
    expect(tree.events).toEqual(['created /q/k', 'children /q']);
  });

  it('goes to the deepest quota above', () => {
    const tree = limited(NO_LIMITS).given(create('/q/deep'));
    withQuota(tree, '/q/deep', NO_LIMITS);
    tree.given(create('/q/deep/1', { data: '1' }), create('/q/flat', { data: '22' }));
    expect(usage(tree, '/q/deep')).toBe('count=2,bytes=1');
    expect(usage(tree)).toBe('count=3,bytes=5');
  });

  it('stands still without limits or stats', () => {
    const tree = limited(NO_LIMITS).given(remove(limitsPathOf('/q')), create('/q/k'));
    expect(usage(tree)).toBe('count=1,bytes=3');
    tree.given(create(limitsPathOf('/q'), { data: NO_LIMITS }), remove(statsPathOf('/q')), create('/q/l'));
    tree.given(create(statsPathOf('/q')));
    expect(usage(tree)).toBe('count=3,bytes=3');
  });

  it('is never that of the whole tree, whose limits would keep ZooKeeper from starting', () => {
    const tree = new TreeHarness();
    expect(tree.prepare(create('/zookeeper/quota/zookeeper_limits')).err).toBe(ErrorCode.BADARGUMENTS);
    tree.given(create('/zookeeper/quota/zookeeper_stats'));
  });

  it('of a subtree that is missing is nothing', () => {
    expect(usage(withQuota(new TreeHarness(), '/q', NO_LIMITS))).toBe('count=0,bytes=0');
  });

  it('is made right after a load, and quotas that lost their node are dropped', () => {
    const tree = limited(NO_LIMITS);
    const { store } = tree.tree;
    store.rewriteData(store.find(statsPathOf('/q')), Buffer.from('count=99,bytes=99'));
    tree.tree.recomputeQuotas();
    expect(usage(tree)).toBe('count=1,bytes=3');
    store.remove(store.find('/zookeeper/quota/q'));
    tree.tree.recomputeQuotas();
    expect(tree.tree.quotas.isEmpty).toBe(true);
  });
});

describe('enforcement', () => {
  const enforceQuota = true;
  const codes = (tree: TreeHarness, ...requests: Parameters<TreeHarness['prepare']>[0][]): number[] =>
    requests.map((request) => tree.prepare(request).err);

  it('refuses a create that exceeds a hard limit of nodes, which counts the subtree’s root', () => {
    const tree = limited(`${NO_LIMITS};countHardLimit=3`, { enforceQuota });
    expect(codes(tree, create('/q/a'), create('/q/b'), create('/q/c'), create('/other'))).toEqual([
      0,
      0,
      ErrorCode.QUOTAEXCEEDED,
      0,
    ]);
  });

  it('refuses bytes beyond a hard limit, pipelined or not, and never what shrinks', () => {
    const tree = limited(`${NO_LIMITS};byteHardLimit=10`, { enforceQuota });
    expect(codes(tree, create('/q/a', { data: '123456' }), create('/q/b', { data: '12' }))).toEqual([
      0,
      ErrorCode.QUOTAEXCEEDED,
    ]);
    expect(codes(tree, setData('/q', 'abcde'), setData('/q', 'abcd'), create('/q/c'))).toEqual([
      ErrorCode.QUOTAEXCEEDED,
      0,
      0,
    ]);
    expect(codes(tree, setData('/q/a', '12345'), setData('/q', 'abcdef'))).toEqual([0, ErrorCode.QUOTAEXCEEDED]);
    const over = limited(`${NO_LIMITS};byteHardLimit=1`, { enforceQuota });
    expect(codes(over, setData('/q', 'ab'), create('/q/null', { data: null }))).toEqual([0, 0]);
  });

  it('comes after the permission and before the version', () => {
    const tree = limited(`${NO_LIMITS};byteHardLimit=3`, { enforceQuota });
    expect(codes(tree, setData('/q', '1234', 99), setData('/q', '123', 99))).toEqual([
      ErrorCode.QUOTAEXCEEDED,
      ErrorCode.BADVERSION,
    ]);
  });

  it('works inside a multi, and takes back what a failed multi counted', () => {
    const tree = limited(`${NO_LIMITS};countHardLimit=3`, { enforceQuota });
    const { results } = tree.write(multi(create('/q/a'), create('/q/b'), create('/q/c')));
    expect(results?.map((each) => each.err)).toEqual([0, 0, ErrorCode.QUOTAEXCEEDED]);
    expect(codes(tree, multi(create('/q/a'), create('/q/b')), create('/q/c'))).toEqual([0, ErrorCode.QUOTAEXCEEDED]);
  });

  it('sees quotas that are not applied yet', () => {
    const tree = new TreeHarness({ enforceQuota }).given(create('/q'), create('/zookeeper/quota/q'));
    const scene = [
      create('/q/a', { data: '1' }),
      create(limitsPathOf('/q'), { data: `${NO_LIMITS};countHardLimit=3` }),
      create(statsPathOf('/q')),
      create('/q/b'),
      create('/q/c'),
      remove('/q/a'),
      create('/q/d'),
    ];
    expect(codes(tree, ...scene)).toEqual([0, 0, 0, 0, ErrorCode.QUOTAEXCEEDED, 0, 0]);
  });

  it('needs a stats node', () => {
    const tree = limited(`${NO_LIMITS};countHardLimit=1`, { enforceQuota }).given(remove(statsPathOf('/q')));
    expect(codes(tree, create('/q/a'))).toEqual([0]);
  });

  it('is off unless asked for: then hard limits warn', () => {
    const tree = limited(`${NO_LIMITS};countHardLimit=1`).given(create('/q/a'));
    expect(tree.warnings).toEqual([{ prefix: '/q', resource: 'count', usage: 2, limit: 1, isHard: true }]);
  });

  it('only warns of soft limits', () => {
    const tree = limited('count=1,bytes=4', { enforceQuota }).given(create('/q/a', { data: '12' }), setData('/q', ''));
    expect(tree.warnings).toEqual([
      { prefix: '/q', resource: 'count', usage: 2, limit: 1, isHard: false },
      { prefix: '/q', resource: 'bytes', usage: 5, limit: 4, isHard: false },
    ]);
  });
});
