import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { describeWithPeers, PRODUCTS, withServer } from './support/peers.js';
import { playTranscript } from './support/zkcli-transcript.js';
import { zkCliOnce, zkCliPresent } from './support/zkcli.js';

const OPTIONS = { config: { enforceQuota: true } };

describeWithPeers('zkCli.sh of Apache ZooKeeper', [zkCliPresent], () => {
  test.each(PRODUCTS)('plays the recorded session of two clients on %s', async (product) => {
    const golden = await readFile(new URL('./sessions/zkcli.txt', import.meta.url), 'utf8');
    const played = await withServer(product, OPTIONS, (server) => playTranscript(golden, server.connectString));
    expect(played).toBe(golden);
  });

  test.each(PRODUCTS)('runs single commands as scripts do, with their exit status, on %s', async (product) => {
    await withServer(product, {}, async ({ connectString }) => {
      const made = await zkCliOnce(connectString, ['create', '/once', 'some data']);
      expect(made.status.code).toBe(0);
      expect(made.stderr).toContain('Created /once');

      const got = await zkCliOnce(connectString, ['get', '/once']);
      expect(got.status.code).toBe(0);
      expect(got.stdout.trimEnd().split('\n').at(-1)).toBe('some data');

      const missing = await zkCliOnce(connectString, ['get', '/none']);
      expect(missing.status.code).toBe(1);
      expect(missing.stderr).toContain('Node does not exist: /none');

      expect((await zkCliOnce(connectString, ['bogus'])).status.code).toBe(127);
    });
  });

  test.each(PRODUCTS)('lives below a chroot on %s', async (product) => {
    await withServer(product, {}, async ({ connectString }) => {
      await zkCliOnce(connectString, ['create', '/below']);
      const made = await zkCliOnce(`${connectString}/below`, ['create', '-s', '/n-', 'x']);
      expect(made.stderr).toContain('Created /n-0000000000');
      const listed = await zkCliOnce(connectString, ['ls', '-R', '/below']);
      expect(listed.stdout).toContain('/below\n/below/n-0000000000\n');
    });
  });
});
