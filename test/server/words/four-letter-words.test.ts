import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toZxid } from '../../../src/protocol/zxid.js';
import { DigestLog } from '../../../src/server/words/digest-log.js';
import { FourLetterWords } from '../../../src/server/words/four-letter-words.js';
import { processDescriptors, processEnvironment } from '../../../src/server/words/process-info.js';
import type { ServerInfo } from '../../../src/server/words/server-info.js';
import { ServerStats } from '../../../src/server/words/server-stats.js';
import { connection, fakeServer, monitorOf, recordedConfig } from './fake-server.js';

const recordings = new URL('../../vectors/ops/4lw/', import.meta.url);
const recorded = (name: string) => readFileSync(new URL(`${name}.txt`, recordings), 'utf8');

const FROM = '127.0.0.1';
const ask = async (word: string, server: Partial<ServerInfo> = {}) =>
  new FourLetterWords(fakeServer(server)).answer(word, null, FROM);

/** The version is ours, everything else must be theirs. */
const withoutVersion = (text: string) => text.replace(/\d+\.\d+\.\d+-.*, built on .* UTC/, '<version>');

/** Latencies whose count, sum and extremes are those of the recording: 0.852 on average. */
function recordedStats(): ServerStats {
  const stats = new ServerStats();
  for (const latencyMs of [15, ...Array<number>(198).fill(1), ...Array<number>(51).fill(0)]) {
    stats.answered(latencyMs, true);
  }
  return stats;
}

describe('words with an answer of their own', () => {
  it.each(['ruok', 'isro', 'gtmk', 'crst', 'srst', 'wchs', 'dirs', 'conf'])(
    '%s is byte for byte as recorded',
    async (word) => {
      expect(await ask(word)).toBe(recorded(`${word}.standalone`));
    },
  );

  it('stmk sets the mask that gtmk tells', async () => {
    const words = new FourLetterWords(fakeServer());
    const mask = Buffer.alloc(8);
    mask.writeBigInt64BE(306n);
    expect(await words.answer('stmk', mask, FROM)).toBe(recorded('stmk.standalone'));
    mask.writeBigInt64BE(-2n);
    await words.answer('stmk', mask, FROM);
    expect(await words.answer('gtmk', null, FROM)).toBe('-2');
  });
});

describe('srvr and stat', () => {
  function busy(counts: { received: number; sent: number }): ServerStats {
    const stats = recordedStats();
    // Asking counts as one packet each way.
    stats.packetsReceived = counts.received - 1;
    stats.packetsSent = counts.sent - 1;
    return stats;
  }
  const three = [47582, 47694, 47588].map((port) => connection(port));

  it('srvr is as recorded but for the version', async () => {
    const answer = await ask('srvr', { stats: busy({ received: 290, sent: 292 }), connections: () => three });
    expect(withoutVersion(answer)).toBe(withoutVersion(recorded('srvr.standalone')));
  });

  it('srvr after a reset is as recorded', async () => {
    const stats = busy({ received: 290, sent: 292 });
    const words = new FourLetterWords(
      fakeServer({
        stats,
        connections: () => three,
        tree: { ...fakeServer().tree, lastProcessedZxid: toZxid(0x19f), nodeCount: 13 },
      }),
    );
    await words.answer('srst', null, FROM);
    stats.packetsReceived = 1;
    stats.packetsSent = 1;
    const answer = await words.answer('srvr', null, FROM);
    expect(withoutVersion(answer)).toBe(withoutVersion(recorded('srvr-after-srst.standalone')));
  });

  it('stat is as recorded but for the version', async () => {
    const [first, asking, second] = [
      connection(47582, { id: 1n, timeoutMs: 1 }),
      three[1],
      connection(47588, { id: 2n, timeoutMs: 1 }),
    ];
    if (asking === undefined) throw new Error('three connections were made');
    Object.assign(first.link.stats, { received: 210, sent: 210 });
    asking.link.stats.received = 1;
    Object.assign(second.link.stats, { received: 56, sent: 56 });
    const answer = await ask('stat', {
      stats: busy({ received: 291, sent: 293 }),
      connections: () => [first, asking, second],
    });
    expect(withoutVersion(answer)).toBe(withoutVersion(recorded('stat.standalone')));
  });

  it('begin with a version that tools can parse', async () => {
    expect(await ask('srvr')).toMatch(
      /^Zookeeper version: \d+\.\d+\.\d+-\S+, built on \d{4}-\d\d-\d\d \d\d:\d\d UTC\n/,
    );
  });
});

describe('cons', () => {
  it('is as recorded', async () => {
    const first = connection(47582, { id: 0x100000c2edf0002n, timeoutMs: 10_000 });
    const asking = connection(47606);
    const second = connection(47588, { id: 0x100000c2edf0003n, timeoutMs: 30_000 });
    for (const [latencyMs, at] of [
      [15, 800_000],
      [0, 859_723],
    ] as const)
      first.link.stats.answered(latencyMs, at);
    for (let more = 0; more < 20; more++) first.link.stats.answered(0, 859_723);
    for (const [latencyMs, at] of [[4, 800_000], ...Array<readonly [number, number]>(9).fill([0, 856_629])] as const) {
      second.link.stats.answered(latencyMs, at);
    }
    const zxid = { lastZxid: 0x19e };
    Object.assign(first.link.stats, {
      received: 210,
      sent: 210,
      lastOp: 'PING',
      establishedWallMs: 1795288908253,
      lastCxid: 0xd0,
      ...zxid,
    });
    asking.link.stats.received = 1;
    Object.assign(second.link.stats, {
      received: 56,
      sent: 56,
      lastOp: 'GETD',
      establishedWallMs: 1795288908275,
      lastCxid: 0x37,
      ...zxid,
    });
    expect(await ask('cons', { connections: () => [first, asking, second] })).toBe(recorded('cons.standalone'));
  });

  it('leaves out the request that there has not been', async () => {
    expect(await ask('cons', { connections: () => [connection(1, { id: -1n, timeoutMs: 5 })] })).toMatch(
      /sid=0xffffffffffffffff,lop=NA,est=0,to=5,lresp=0,/,
    );
  });

  it('crst resets the counters of every connection', async () => {
    const only = connection(1, { id: 1n, timeoutMs: 5 });
    only.link.stats.answered(7, 1);
    only.link.stats.received = 3;
    await ask('crst', { connections: () => [only] });
    expect(only.link.stats).toMatchObject({ received: 0, maxLatencyMs: 0 });
  });
});

describe('dump', () => {
  const ids = [0x100000c2edf0000n, 0x100000c2edf0002n, 0x100000c2edf0001n, 0x100000c2edf0003n] as const;
  /** We keep no empty sets; what is left is how many there are, and the sets that have somebody in them. */
  const withoutEmptySets = (text: string) =>
    text.replace(/^0 expire at .*\n/gm, '').replace(/Sets \(\d+\)/g, 'Sets (n)');

  it('is as recorded but for empty sets', async () => {
    const bucketAt = (expiresAtMs: number, id: bigint) => ({ expiresAtMs, sessionIds: [id] });
    const connections = [
      connection(47582, { id: ids[1], timeoutMs: 1 }),
      connection(47624),
      connection(47588, { id: ids[3], timeoutMs: 1 }),
    ];
    const expiries = [868_000, 878_000, 888_000];
    const server = fakeServer({
      // Sets of connections lie ten seconds apart; the recorded server's began eight seconds after ours.
      clock: { monotonicMs: () => 2000, wallMs: () => Date.UTC(2026, 10, 21, 19, 21, 54) },
      sessions: {
        size: 4,
        buckets: () => [
          bucketAt(2000, ids[0]),
          bucketAt(10_000, ids[1]),
          bucketAt(22_000, ids[2]),
          bucketAt(28_000, ids[3]),
        ],
        values: () => [],
      },
      tree: {
        ...fakeServer().tree,
        ephemeralOwners: () => [
          [ids[3], ['/app/locks/lock-0000000001']],
          [ids[1], ['/app/live-0-2', '/app/live-0-1']],
          [ids[2], ['/app/locks/lock-0000000000']],
          [ids[0], ['/app/live-2', '/app/live-1']],
        ],
      },
      connections: () =>
        connections.map((each, index) => ({ ...each, expiresAtMs: (expiries[index] ?? 0) - 860_000 + 1 })),
    });
    const answer = await new FourLetterWords(server).answer('dump', null, FROM);
    expect(withoutEmptySets(answer)).toBe(withoutEmptySets(recorded('dump.standalone')));
  });
});

describe('watches', () => {
  const two = connection(1, { id: 0x100000c2edf0002n, timeoutMs: 1 }).link;
  const three = connection(2, { id: 0x100000c2edf0003n, timeoutMs: 1 }).link;

  it('wchc and wchp are as recorded', async () => {
    const watches = {
      ...fakeServer().watches,
      byConnection: () =>
        [
          [two, ['/app/missing', '/app/config']],
          [three, ['/app', '/app/config']],
        ] as const,
      byPath: () =>
        [
          ['/app', [three]],
          ['/app/missing', [two]],
          ['/app/config', [three, two]],
        ] as const,
    };
    expect(await ask('wchc', { watches })).toBe(recorded('wchc.standalone'));
    expect(await ask('wchp', { watches })).toBe(recorded('wchp.standalone'));
  });
});

describe('hash', () => {
  it('tells the digests of every 128th transaction', async () => {
    const log = new DigestLog();
    const digests = new Map([
      [0x80, 23949290821n],
      [0x100, 31912088411n],
      [0x180, 31299671962n],
    ]);
    for (let zxid = 1; zxid <= 0x19e; zxid++) log.applied(toZxid(zxid), { digest: digests.get(zxid) ?? 0n });
    expect(await ask('hash', { digests: () => log.entries() })).toBe(recorded('hash.standalone'));
  });

  it('keeps the last 1024', () => {
    const log = new DigestLog();
    for (let count = 1; count <= 1030; count++) log.applied(toZxid(count * 128), { digest: BigInt(count) });
    const kept = [...log.entries()];
    expect(kept).toHaveLength(1024);
    expect(kept[0]?.digest).toBe(7n);
  });
});

describe('envi', () => {
  it('has the recorded keys in the recorded order', async () => {
    const keys = (text: string) => text.split('\n').map((line) => line.split('=')[0]);
    const answer = await ask('envi', { environment: processEnvironment });
    expect(keys(answer)).toEqual(keys(recorded('envi.standalone')));
    expect(answer).toMatch(/^zookeeper\.version=3\.\d+\.\d+-/m);
    expect(answer).toMatch(/^os\.memory\.free=\d+MB$/m);
  });

  it('counts file descriptors where the system tells', () => {
    const { open, max } = processDescriptors();
    expect(open).toBeLessThanOrEqual(max);
  });
});

describe('mntr', () => {
  async function answerWithNamespaces(): Promise<string> {
    const stats = new ServerStats();
    for (const path of ['/app', '/queue/item-1']) {
      stats.reads.add(path, 76);
      stats.writes.add(path, 8);
    }
    return await ask('mntr', { stats });
  }

  it('has every key of the recording, and one that older scripts ask for', async () => {
    const ours = new Set(monitorOf(await answerWithNamespaces()).keys());
    const theirs = new Set(monitorOf(recorded('mntr.standalone')).keys());
    expect([...theirs].filter((key) => !ours.has(key))).toEqual([]);
    expect([...ours].filter((key) => !theirs.has(key))).toEqual(['zk_fsync_threshold_exceed_count']);
  });

  it('has values that are numbers, averages with a fraction, but for version and state', async () => {
    const answer = monitorOf(await answerWithNamespaces());
    expect(answer.get('zk_server_state')).toBe('standalone');
    for (const [key, value] of answer) {
      if (key === 'zk_version' || key === 'zk_server_state') continue;
      expect(value, key).toMatch(key.startsWith('zk_avg_') || key.endsWith('probability') ? /^\d+\.\d+$/ : /^-?\d+$/);
    }
  });

  it('is made of lines that every scraper matches', async () => {
    const stats = new ServerStats();
    stats.reads.add('/my-app.v2/é', 1);
    const text = await ask('mntr', { stats });
    expect(text).toContain('zk_cnt_my_app_v2_read_per_namespace\t1\n');
    for (const line of text.trimEnd().split('\n')) expect(line).toMatch(/^zk_\w+\t[\w.-]+/);
  });

  it('tells gauges in the order recorded', async () => {
    const names = (text: string) => [...monitorOf(text).keys()].slice(0, 26);
    expect(names(await ask('mntr'))).toEqual(names(recorded('mntr.standalone')));
  });
});

describe('who may ask', () => {
  const guarded = (...lines: string[]) => {
    const words = new FourLetterWords(fakeServer({ config: { ...recordedConfig(), words: recordedWords(...lines) } }));
    return async (word: string, from = FROM) => words.answer(word, null, from);
  };
  const recordedWords = (...lines: string[]) => recordedConfig(...lines).words;

  it('the default whitelist allows srvr only, from this machine too', async () => {
    const answer = guarded('4lw.commands.whitelist=srvr');
    expect(await answer('ruok')).toBe(recorded('refused.default-whitelist'));
    expect(await answer('srvr')).toMatch(/^Zookeeper version/);
  });

  it('a list allows what it lists, a star everything', async () => {
    const answer = guarded('4lw.commands.whitelist=ruok, stat');
    expect(await answer('ruok')).toBe('imok');
    expect(await answer('mntr')).toBe('mntr is not executed because it is not in the whitelist.\n');
    expect(await guarded('4lw.commands.whitelist=*')('mntr')).toMatch(/^zk_version/);
  });

  it('the loopback key allows the words of health checks to this machine only', async () => {
    const answer = guarded('4lw.commands.whitelist=srvr', '4lw.commands.loopback=true');
    for (const word of ['ruok', 'srvr', 'isro', 'stat', 'mntr'])
      expect(await answer(word, '::1')).not.toMatch(/not executed/);
    expect(await answer('ruok', '127.8.9.1')).toBe('imok');
    expect(await answer('ruok', '10.0.0.1')).toMatch(/not executed/);
    expect(await answer('dump')).toMatch(/not executed/);
  });

  it('isro is allowed where read-only mode is on', async () => {
    expect(await guarded('4lw.commands.whitelist=srvr', 'readonlymode.enabled=true')('isro')).toBe('rw');
  });
});

describe('a server that does not serve yet', () => {
  it.each('conf cons crst dirs dump hash isro mntr ruok srst srvr stat wchc wchp wchs gtmk'.split(' '))(
    'answers %s as recorded',
    async (word) => {
      expect(await ask(word, { isServing: false })).toBe(recorded(`${word}.not-serving`));
    },
  );

  it('answers envi', async () => {
    expect(await ask('envi', { isServing: false })).toMatch(/^Environment:\n/);
  });
});
