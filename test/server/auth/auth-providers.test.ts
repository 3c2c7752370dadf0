import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Id } from '../../../src/protocol/acl.js';
import { AuthProviders } from '../../../src/server/auth/auth-providers.js';
import { digestId } from '../../../src/server/auth/digest-id.js';
import { parseServerConfig } from '../../../src/server/config/parse-server-config.js';

const SUPER_ADMIN = 'super:xQJmxLMiHGwaqBvst5y6rkB6HQs=';
const SUPER: Id = { scheme: 'super', id: '' };

function providers(...lines: string[]): AuthProviders {
  const text = ['dataDir=/d', 'clientPort=0', ...lines].join('\n');
  return new AuthProviders(parseServerConfig({ kind: 'file', path: 'zoo.cfg', text }, { baseDir: '/' }).auth);
}

const peer = { remoteAddress: '127.0.0.1', remotePort: 1, encrypted: false, certificateSubject: null };
const x509 = 'authProvider.x509=org.apache.zookeeper.server.auth.X509AuthenticationProvider';

interface AuthRow {
  readonly scheme: string | null;
  /** Hex. */
  readonly auth: string | null;
  readonly err: number;
}

interface VectorRow {
  readonly dir?: string;
  readonly decoded?: { op?: string; header: { err: number }; body: { scheme: string | null; auth: string | null } };
}

/** Every auth packet of the recordings with the error it was answered with. */
function recordedAuthRows(): AuthRow[] {
  const file = new URL('../../vectors/client/acl.jsonl', import.meta.url);
  const decoded = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as VectorRow)
    .filter((row) => row.decoded?.op === 'auth');
  const rows: AuthRow[] = [];
  for (const [index, request] of decoded.entries()) {
    const reply = decoded[index + 1];
    if (request.dir !== 'c2s' || request.decoded === undefined || reply?.dir !== 's2c') continue;
    rows.push({ ...request.decoded.body, err: reply.decoded?.header.err ?? 0 });
  }
  return rows;
}

describe('digest', () => {
  it('hashes user and password into the id that ACLs name', () => {
    expect(digestId('bob:secret', 'sha1')).toBe('bob:fyVmFCwVbTJYrznoSu1koqYEYF0=');
    expect(digestId('super:admin', 'sha1')).toBe(SUPER_ADMIN);
    expect(digestId('super:super', 'sha1')).toBe('super:gG7s8t3oDEtIqF6DM9LlI/R+9Ss=');
  });

  it('ends the user at the first colon, and takes text without one as user', () => {
    expect(digestId('a:b:c', 'sha1').split(':')[0]).toBe('a');
    expect(digestId('a:b:c', 'sha1')).not.toBe(digestId('a:b', 'sha1'));
    expect(digestId('nocolon', 'sha1')).toMatch(/^nocolon:/);
    expect(digestId('', 'sha1')).toBe(':2jmj7l5rSw0yVb/vlWAYkK/YBwk=');
    expect(digestId('', 'sha1')).not.toBe(digestId(':', 'sha1'));
  });

  it('adds one identity whatever is sent', () => {
    expect(providers().authenticate('digest', Buffer.from('bob:wrong'))).toMatchObject({
      ok: true,
      added: [{ scheme: 'digest' }],
    });
  });

  it('makes super, and the plain identity too, when it equals superDigest', () => {
    const auth = providers(`DigestAuthenticationProvider.superDigest=${SUPER_ADMIN}`);
    const added = [SUPER, { scheme: 'digest', id: SUPER_ADMIN }];
    expect(auth.authenticate('digest', Buffer.from('super:admin'))).toEqual({ ok: true, added });
    expect(auth.authenticate('digest', Buffer.from('super:guess'))).toMatchObject({ added: [{ scheme: 'digest' }] });
  });

  it('can use another algorithm, or be switched off', () => {
    const auth = providers('DigestAuthenticationProvider.digestAlg=SHA-256');
    expect(auth.authenticate('digest', Buffer.from('a:b'))).toEqual({
      ok: true,
      added: [{ scheme: 'digest', id: digestId('a:b', 'sha256') }],
    });
    const off = providers('DigestAuthenticationProvider.enabled=false');
    expect(off.authenticate('digest', Buffer.from('a:b'))).toEqual({ ok: false, silent: false });
  });
});

describe('the recorded auth packets', () => {
  const auth = providers(`DigestAuthenticationProvider.superDigest=${SUPER_ADMIN}`);
  const rows = recordedAuthRows();

  it('are many', () => {
    expect(rows.length).toBeGreaterThan(20);
  });

  it.each(rows)('$scheme $auth is answered with $err', ({ scheme, auth: bytes, err }) => {
    const outcome = auth.authenticate(scheme, bytes === null ? null : Buffer.from(bytes, 'hex'));
    expect(outcome.ok ? 0 : -115).toBe(err);
  });
});

describe('what a connection is from the start', () => {
  it('its address', () => {
    expect(providers().initialIdentities(peer)).toEqual([{ scheme: 'ip', id: '127.0.0.1' }]);
    expect(providers().authenticate('ip', Buffer.alloc(0))).toEqual({ ok: true, added: [] });
  });

  const alice = { ...peer, encrypted: true, certificateSubject: 'CN=alice,OU=eng,O=Example' };

  it('the subject of its certificate, where x509 is configured', () => {
    expect(providers().initialIdentities(alice)).toHaveLength(1);
    expect(providers(x509).initialIdentities(alice)).toContainEqual({
      scheme: 'x509',
      id: 'CN=alice,OU=eng,O=Example',
    });
  });

  it('super, if the subject is that of the super user to the letter', () => {
    const auth = providers(x509, 'X509AuthenticationProvider.superUser=CN=zkadmin,O=Example');
    expect(auth.initialIdentities({ ...alice, certificateSubject: 'CN=zkadmin,O=Example' })).toContainEqual(SUPER);
    expect(auth.initialIdentities({ ...alice, certificateSubject: 'CN=zkadmin, O=Example' })).not.toContainEqual(SUPER);
  });
});

describe('enforced authentication', () => {
  const digest = { scheme: 'digest', id: 'a:b' };
  const ip = { scheme: 'ip', id: '127.0.0.1' };

  it('lets everybody speak by default', () => {
    expect(providers().mayRequest([ip])).toBe(true);
  });

  it('demands an identity of one of its schemes', () => {
    const auth = providers('enforce.auth.enabled=true', 'enforce.auth.schemes=digest,x509');
    expect(auth.mayRequest([ip])).toBe(false);
    expect(auth.mayRequest([ip, digest])).toBe(true);
  });
});

describe('scheme ensemble', () => {
  const scheme = 'authProvider.ensemble=org.apache.zookeeper.server.auth.EnsembleAuthenticationProvider';
  const named = (name: string) => Buffer.from(name);

  it('is unknown unless configured', () => {
    expect(providers().authenticate('ensemble', named('a'))).toEqual({ ok: false, silent: false });
  });

  it('closes without an answer when the names differ, and counts', () => {
    const config = parseServerConfig(
      { kind: 'file', path: 'zoo.cfg', text: `dataDir=/d\nclientPort=0\n${scheme}\nensembleAuthName=blue` },
      { baseDir: '/' },
    );
    const counters = { ensemble_auth_success: 0, ensemble_auth_fail: 0, ensemble_auth_skip: 0 };
    const auth = new AuthProviders(config.auth, counters);
    expect(auth.authenticate('ensemble', named('blue'))).toEqual({ ok: true, added: [] });
    expect(auth.authenticate('ensemble', named('green'))).toEqual({ ok: false, silent: true });
    expect(auth.authenticate('ensemble', null)).toEqual({ ok: false, silent: true });
    expect(counters).toEqual({ ensemble_auth_success: 1, ensemble_auth_fail: 2, ensemble_auth_skip: 0 });
  });

  it('takes any name where the server has none', () => {
    expect(providers(scheme).authenticate('ensemble', named('a'))).toEqual({ ok: true, added: [] });
  });
});
