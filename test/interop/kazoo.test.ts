import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeWithPeers, PRODUCTS, withServer } from './support/peers.js';
import { playSession, type PlayedSession } from './support/scripted-session.js';
import type { Product } from './support/server-process.js';
import { sessionFile } from './support/sessions.js';

// Debian's Python, not whichever comes first in the path: the package belongs to it.
const PYTHON = '/usr/bin/python3';

function kazooPresent(): string | null {
  if (!existsSync(PYTHON)) return `${PYTHON} is missing: install Debian's package python3`;
  const imported = spawnSync(PYTHON, ['-c', 'import kazoo']);
  return imported.status === 0 ? null : `${PYTHON} has no kazoo: install Debian's package python3-kazoo`;
}

describeWithPeers('kazoo', [kazooPresent], () => {
  const played = new Map<Product, PlayedSession>();

  test.each(PRODUCTS)('plays its scripted session on %s', async (product) => {
    const session = await withServer(product, { config: { enforceQuota: true } }, ({ connectString }) =>
      playSession({
        command: PYTHON,
        args: [sessionFile('kazoo_session.py'), connectString],
        env: { PYTHONDONTWRITEBYTECODE: '1' },
      }),
    );
    played.set(product, session);
    expect(session.faults).toEqual([]);
    expect(session.steps.at(-1)?.step).toBe('close');
  });

  test('cannot tell pinfold from Apache', () => {
    expect(played.get('pinfold')?.steps).toEqual(played.get('apache')?.steps);
  });
});
