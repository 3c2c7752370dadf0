import { expect, it, vi } from 'vitest';
import { Client } from '../../../src/client/index.js';
import type { TestServer } from '../../../src/testing/index.js';
import { startEnsemble } from '../../../src/testing/index.js';
import { askWord } from './support/ask-word.js';

const PATIENCE = { timeout: 20_000 };

it('serves reads while there is no leader, and everything when there is one', { timeout: 60_000 }, async () => {
  await using ensemble = await startEnsemble({ config: { 'readonlymode.enabled': true } });
  const [left, ...stopped] = ensemble.servers as [TestServer, TestServer, TestServer];
  {
    await using client = await Client.connect(left.connectString);
    await client.create('/kept', 'here');
  }
  for (const server of stopped) await server.stop();
  await vi.waitUntil(() => left.mode === 'read-only', PATIENCE);
  expect(await askWord(left, 'isro')).toBe('ro');
  expect(await askWord(left, 'srvr')).toMatch(
    /\nREAD-ONLY mode; serving only read-only clients\n[^]*\nMode: read-only\n/,
  );
  await expect(Client.connect(left.connectString, { timeoutMs: 300 })).rejects.toThrow();

  await using client = await Client.connect(ensemble.connectString, { readOnly: true });
  expect(client.state).toBe('read-only');
  expect((await client.getData('/kept')).data?.toString()).toBe('here');
  await expect(client.create('/new')).rejects.toMatchObject({ code: 'NOT_READ_ONLY' });
  await expect(client.sync('/')).rejects.toMatchObject({ code: 'NOT_READ_ONLY' });
  const { sessionId } = client;

  for (const server of stopped) await server.start();
  await vi.waitUntil(() => client.state === 'connected', PATIENCE);
  expect(client.sessionId).not.toBe(sessionId);
  await client.create('/new');
  expect(ensemble.servers.map(({ mode }) => mode)).not.toContain('read-only');
  expect(await askWord(left, 'isro')).toBe('rw');
  expect(await askWord(left, 'mntr')).toMatch(/^zk_global_sessions\t[12]$/m);
});

it('does not serve without a leader when nobody has said that it may', { timeout: 60_000 }, async () => {
  await using ensemble = await startEnsemble();
  const [left, ...stopped] = ensemble.servers as [TestServer, TestServer, TestServer];
  for (const server of stopped) await server.stop();
  await vi.waitUntil(() => left.mode === null, PATIENCE);
  await expect(Client.connect(left.connectString, { readOnly: true, timeoutMs: 3000 })).rejects.toThrow();
  expect(left.mode).toBeNull();
});
