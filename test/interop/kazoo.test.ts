import { expect, test } from 'vitest';
import { kazooPresent, PYTHON } from './support/kazoo.js';
import { describeWithPeers, PRODUCTS, withServer } from './support/peers.js';
import { playSession, type PlayedSession } from './support/scripted-session.js';
import type { Product } from './support/server-process.js';
import { sessionFile } from './support/sessions.js';

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
