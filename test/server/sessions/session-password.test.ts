import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isSessionPassword, sessionPassword } from '../../../src/server/sessions/session-password.js';

const vectors = new URL('../../vectors/client/', import.meta.url);

interface Row {
  dir?: string;
  decoded?: { record: string; body: { sessionId: string; passwd: string } };
}

/** Session ids and passwords of every recorded handshake that succeeded. */
function recordedPairs(): [bigint, string][] {
  const pairs = new Map<bigint, string>();
  for (const folder of [vectors, new URL('master/', vectors)]) {
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.jsonl'))) {
      for (const line of readFileSync(new URL(file, folder), 'utf8').trim().split('\n')) {
        const { decoded } = JSON.parse(line) as Row;
        if (decoded?.record !== 'ConnectResponse' || decoded.body.sessionId === '0') continue;
        pairs.set(BigInt(decoded.body.sessionId), decoded.body.passwd);
      }
    }
  }
  return [...pairs];
}

describe('a session password', () => {
  it('is the one that recorded servers gave for the id', () => {
    const pairs = recordedPairs();
    expect(pairs.length).toBeGreaterThan(100);
    for (const [id, passwd] of pairs) expect(sessionPassword(id).toString('hex')).toBe(passwd);
  });

  it('goes by all 64 bits as the formula says', () => {
    expect(sessionPassword(0x1000028d95e0000n).toString('hex')).toBe('c06784f44dde2b039ea06320de9f03f8');
    expect(sessionPassword(-1n)).toEqual(sessionPassword(2n ** 64n - 1n));
  });

  it('is compared whole', () => {
    const right = sessionPassword(5n);
    expect(isSessionPassword(5n, right)).toBe(true);
    expect(isSessionPassword(6n, right)).toBe(false);
    for (const wrong of [
      null,
      Buffer.alloc(0),
      Buffer.alloc(16),
      right.subarray(0, 15),
      Buffer.concat([right, right]),
    ]) {
      expect(isSessionPassword(5n, wrong)).toBe(false);
    }
  });
});
