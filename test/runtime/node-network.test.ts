import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, expect, test, vi } from 'vitest';
import type { ByteStream, Listener, TlsClientOptions, TlsServerOptions } from '../../src/runtime/index.js';
import { nodeRuntime } from '../../src/runtime/index.js';

const { network } = nodeRuntime();
const pem = (name: string): Buffer => readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url));
const serverTls: TlsServerOptions = {
  key: pem('server-key'),
  cert: pem('server'),
  ca: pem('ca'),
  requestCert: true,
  rejectUnauthorized: true,
};
const alice: TlsClientOptions = { key: pem('client-key'), cert: pem('client'), ca: pem('ca'), servername: 'localhost' };

const listeners: Listener[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(listeners.splice(0).map((each) => each.close()));
});

/** Answers each chunk with itself and closes; says who came. */
async function echo(tls?: TlsServerOptions): Promise<{ port: number; guests: ByteStream[] }> {
  const guests: ByteStream[] = [];
  const listener = await network.listen({ host: '127.0.0.1', port: 0, ...(tls && { tls }) }, (stream) => {
    guests.push(stream);
    stream.listen({
      data: (chunk) => {
        stream.write(Buffer.from(chunk));
        stream.end();
      },
      close: () => undefined,
    });
  });
  listeners.push(listener);
  return { port: listener.port, guests };
}

async function say(text: string, port: number, tls?: TlsClientOptions): Promise<string> {
  const stream = await network.connect({ host: '127.0.0.1', port, timeoutMs: 20_000, ...(tls && { tls }) }).stream;
  let heard = '';
  return new Promise((done) => {
    stream.listen({ data: (chunk) => (heard += chunk.toString()), close: () => done(heard) });
    stream.write(Buffer.from(text));
  });
}

test('a plain port carries bytes both ways', async () => {
  const { port, guests } = await echo();
  expect(await say('hello', port)).toBe('hello');
  expect(guests[0]).toMatchObject({ encrypted: false, peerCertificateSubject: null, remoteAddress: '127.0.0.1' });
});

test('a stream that is ending learns that the peer has closed its side, also when it is paused then', async () => {
  // The peer is never given up.
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const closed = new Promise<void>((done) => {
    void network
      .listen({ host: '127.0.0.1', port: 0 }, (stream) => {
        const data = (): void => {
          stream.end();
          stream.pause();
        };
        stream.listen({ data, close: () => done() });
      })
      .then((listener) => {
        listeners.push(listener);
        connect(listener.port, '127.0.0.1').resume().write('bye');
      });
  });
  await closed;
});

test('what different guests say is read into one buffer, and never mixed up', async () => {
  const stores = new Set<unknown>();
  const heard = new Map<number, Buffer[]>();
  const listener = await network.listen({ host: '127.0.0.1', port: 0 }, (stream) => {
    heard.set(stream.remotePort, []);
    stream.listen({
      data: (chunk) => {
        stores.add(chunk.buffer);
        heard.get(stream.remotePort)?.push(Buffer.from(chunk));
        // Reading stops and goes on: what has come meanwhile must wait outside of the buffer.
        stream.pause();
        setImmediate(() => stream.resume());
      },
      end: () => stream.end(),
      close: () => undefined,
    });
  });
  listeners.push(listener);
  const guests = await Promise.all(
    ['a', 'b', 'c'].map(async (letter) => {
      const socket = connect(listener.port, '127.0.0.1');
      await once(socket, 'connect');
      const { localPort } = socket;
      const said = Buffer.alloc(300_000, letter);
      socket.end(said);
      socket.resume();
      return { localPort, said, closed: once(socket, 'close') };
    }),
  );
  await Promise.all(guests.map(({ closed }) => closed));
  for (const { localPort, said } of guests) {
    expect(Buffer.concat(heard.get(localPort ?? 0) ?? []).equals(said)).toBe(true);
  }
  expect(stores.size).toBe(1);
});

test('a TLS port names its verified client by RFC 2253 subject', async () => {
  const { port, guests } = await echo(serverTls);
  expect(await say('hello', port, alice)).toBe('hello');
  expect(guests[0]).toMatchObject({ encrypted: true, peerCertificateSubject: 'CN=alice,OU=eng,O=Example\\, Inc' });
});

test('a TLS port that wants a certificate lets nobody in without', async () => {
  const { port, guests } = await echo(serverTls);
  const stranger = say('hello', port, { ca: pem('ca'), servername: 'localhost' });
  expect(await stranger.catch(() => '')).toBe('');
  expect(guests).toEqual([]);
});

test('a unified port serves both kinds', async () => {
  const { port, guests } = await echo({ ...serverTls, plainTextToo: { detectionTimeoutMs: 5000 } });
  expect(await say('plain', port)).toBe('plain');
  expect(await say('secret', port, alice)).toBe('secret');
  expect(guests.map((each) => each.encrypted)).toEqual([false, true]);
});

test('a client refuses a certificate of another name', async () => {
  const { port } = await echo({ ...serverTls, requestCert: false });
  await expect(say('hello', port, { ...alice, servername: 'elsewhere' })).rejects.toThrow(/altnames|Hostname/);
});

test('a TLS port may demand that a certificate is for the address it is used from', async () => {
  const { port, guests } = await echo({ ...serverTls, verifyPeerAddress: { reverseLookup: false } });
  expect(await say('hello', port, alice)).toBe('hello');
  expect(guests).toHaveLength(1);
  const socket = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.2' });
  const elsewhere = connectTls({ socket, ...alice });
  elsewhere.on('error', () => undefined);
  elsewhere.resume();
  await once(elsewhere, 'close');
  expect(guests).toHaveLength(1);
});

test('who need show no certificate is not asked whose it is', async () => {
  const open = { requestCert: false, rejectUnauthorized: false, verifyPeerAddress: { reverseLookup: false } };
  const { port } = await echo({ ...serverTls, ...open });
  expect(await say('hello', port, { ca: pem('ca'), servername: 'localhost' })).toBe('hello');
});

test('an aborted connection rejects', async () => {
  const { port } = await echo();
  const pending = network.connect({ host: '127.0.0.1', port, timeoutMs: 20_000 });
  pending.abort();
  await expect(pending.stream).rejects.toThrow(/given up/);
});

test('a port in use is the system error', async () => {
  const { port } = await echo();
  await expect(network.listen({ host: '127.0.0.1', port }, () => undefined)).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
});

test.each([
  ['whose first byte is awaited', { ...serverTls, plainTextToo: { detectionTimeoutMs: 60_000 } }],
  ['whose TLS handshake is awaited', { ...serverTls, handshakeTimeoutMs: 60_000 }],
])('a listener that closes drops a peer %s', async (_, tls) => {
  const arrivals: ByteStream[] = [];
  const listener = await network.listen({ host: '127.0.0.1', port: 0, tls }, (stream) => arrivals.push(stream));
  const socket = connect(listener.port, '127.0.0.1');
  socket.on('error', () => undefined);
  const gone = once(socket, 'close');
  await once(socket, 'connect');
  // A second one has been let in: so has the first.
  const { stream } = network.connect({ host: '127.0.0.1', port: listener.port, timeoutMs: 20_000, tls: alice });
  await stream;
  const closed = listener.close();
  await gone;
  for (const each of arrivals) each.destroy();
  (await stream).destroy();
  await closed;
});

test('a peer that goes in the middle of its TLS handshake is not waited for', async () => {
  const openSockets = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
  const tls = { ...serverTls, handshakeTimeoutMs: 60_000 };
  const listener = await network.listen({ host: '127.0.0.1', port: 0, tls }, () => undefined);
  listeners.push(listener);
  // Those of other tests have gone.
  await vi.waitUntil(() => openSockets() === 0, { timeout: 10_000 });
  const socket = connect(listener.port, '127.0.0.1');
  socket.write(Buffer.from('160301020001', 'hex'));
  await vi.waitUntil(() => openSockets() === 2, { timeout: 10_000 });
  socket.destroy();
  await vi.waitUntil(() => openSockets() === 0, { timeout: 10_000 });
});

test('a peer that takes its time still gets all of the last answer, but not for ever', async () => {
  const answer = Buffer.alloc(8_000_000, 'x');
  const served: ByteStream[] = [];
  const listener = await network.listen({ host: '127.0.0.1', port: 0 }, (stream) => {
    stream.listen({ data: () => undefined, close: () => undefined });
    stream.write(answer);
    stream.end();
    served.push(stream);
  });
  listeners.push(listener);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const got = [0, 0];
    const peers = got.map((_, index) => {
      const socket = connect(listener.port, '127.0.0.1').on('error', () => undefined);
      return socket.on('data', (chunk: Buffer) => (got[index] = (got[index] ?? 0) + chunk.length)).pause();
    });
    const gone = peers.map((socket) => once(socket, 'close'));
    await vi.waitUntil(() => served.length === 2, { timeout: 10_000 });
    vi.advanceTimersByTime(4000);
    peers[0]?.resume();
    await gone[0];
    vi.advanceTimersByTime(2000);
    peers[1]?.resume();
    await gone[1];
    expect(got[0]).toBe(answer.length);
    expect(got[1]).toBeLessThan(answer.length);
  } finally {
    vi.useRealTimers();
  }
});
