import { lookup, reverse } from 'node:dns/promises';
import { connect as connectPlain, createServer, isIP } from 'node:net';
import type { AddressInfo, OnReadOpts, Server, Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, createServer as createTlsServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type {
  ByteStream,
  ConnectTarget,
  ListenOptions,
  Listener,
  Network,
  PendingStream,
  TlsServerOptions,
} from './network.js';
import { NodeByteStream, peerOf, plainAddress } from './node-byte-stream.js';
import type { SocketInlet } from './node-byte-stream.js';
import { shareReadBuffer } from './shared-read-buffer.js';

const HANDSHAKE_TIMEOUT_DEFAULT_MS = 10_000;
const READ_BYTES = 64 * 1024;
/** First byte of a TLS handshake record. */
const TLS_HANDSHAKE_BYTE = 0x16;

export const nodeNetwork: Network = { connect, resolve, listen };

async function resolve(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  const found = await lookup(host, { all: true });
  return found.map((each) => each.address);
}

function connect(target: ConnectTarget): PendingStream {
  const inlet = target.tls === undefined ? { onBytes: () => undefined } : null;
  const socket = open(target, inlet);
  const stream = new Promise<ByteStream>((done, fail) => {
    const clock = setTimeout(() => {
      socket.destroy(new Error(`no connection to ${target.host}:${target.port} within ${target.timeoutMs} ms`));
    }, target.timeoutMs);
    const onError = (error: Error): void => {
      clearTimeout(clock);
      fail(error);
    };
    const onClose = (): void => onError(new Error(`connection to ${target.host}:${target.port} given up`));
    socket.once('error', onError);
    socket.once('close', onClose);
    socket.once(target.tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(clock);
      socket.off('close', onClose);
      socket.pause();
      const opened = new NodeByteStream(socket, inlet);
      socket.off('error', onError);
      done(opened);
    });
  });
  return { stream, abort: () => void socket.destroy() };
}

function open({ host, port, tls }: ConnectTarget, inlet: SocketInlet | null): Socket {
  if (tls === undefined) return connectPlain({ host, port, ...(inlet && { onread: readingInto(inlet) }) });
  const { verifyHostname = true, servername = host, ...context } = tls;
  return connectTls({
    host,
    port,
    ...context,
    ...(isIP(servername) === 0 ? { servername } : {}),
    checkServerIdentity: (_, certificate) =>
      verifyHostname ? checkServerIdentity(servername, certificate) : undefined,
  });
}

/** One buffer for all a socket reads: a fresh one for every read is a tenth of what a lone request costs. */
function readingInto(inlet: SocketInlet): OnReadOpts {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const callback = (count: number): boolean => {
    inlet.onBytes(buffer.subarray(0, count));
    return true;
  };
  return { buffer, callback };
}

async function listen(options: ListenOptions, onStream: (stream: ByteStream) => void): Promise<Listener> {
  const { tls } = options;
  /** By peer, sockets that are no streams yet: their first byte or their handshake is awaited. */
  const undecided = new Map<string, Socket>();
  const handOver = (stream: NodeByteStream): void => {
    undecided.delete(stream.peer);
    onStream(stream);
  };
  const secure = tls && secureAcceptor(tls, handOver);
  const settings = { pauseOnConnect: true, keepAlive: options.keepAlive ?? false };
  const server = createServer(settings, (socket) => {
    if (secure === undefined) return onStream(plainStream(socket, shareReadBuffer(socket)));
    const peer = peerOf(socket);
    undecided.set(peer, socket);
    socket.once('close', () => undecided.delete(peer));
    if (tls?.plainTextToo) detect(socket, { ...tls.plainTextToo, secure, onStream: handOver });
    else secure(socket);
  });
  await bound(server, options);
  const { address, port } = server.address() as AddressInfo;
  const close = (): Promise<void> => {
    const closed = new Promise<void>((done) => server.close(() => done()));
    for (const socket of undecided.values()) socket.destroy();
    return closed;
  };
  return { address, port, close };
}

function bound(server: Server, { host, port, backlog }: ListenOptions): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', fail);
    const where = { port, ...(host === undefined ? {} : { host }), ...(backlog === undefined ? {} : { backlog }) };
    server.listen(where, () => {
      server.off('error', fail);
      // Accepting can fail for want of descriptors; the listener itself lives on.
      server.on('error', () => undefined);
      done();
    });
  });
}

/**
 * A peer that has said all it wants (`echo mntr | nc`) still gets its answer: who owns the stream ends it. Not so with
 * TLS, where a half open socket would hide that the peer has gone without a good-bye.
 */
function plainStream(socket: Socket, inlet: SocketInlet | null = null): NodeByteStream {
  socket.allowHalfOpen = true;
  return new NodeByteStream(socket, inlet);
}

type Acceptor = (socket: Socket) => void;

/** A TLS server that never listens: sockets are handed to it, so that one port can serve both kinds. */
function secureAcceptor(tls: TlsServerOptions, onStream: (stream: NodeByteStream) => void): Acceptor {
  const { plainTextToo: _, verifyPeerAddress, handshakeTimeoutMs = HANDSHAKE_TIMEOUT_DEFAULT_MS, ...options } = tls;
  const server = createTlsServer({
    requestCert: false,
    rejectUnauthorized: false,
    handshakeTimeout: handshakeTimeoutMs,
    ...options,
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('secureConnection', (secured) => {
    secured.pause();
    if (verifyPeerAddress === undefined) onStream(new NodeByteStream(secured));
    else afterVerifying(secured, { ...verifyPeerAddress, onStream });
  });
  return (socket) => void server.emit('connection', socket);
}

interface Verification {
  reverseLookup: boolean;
  onStream: (stream: NodeByteStream) => void;
}

function afterVerifying(secured: TLSSocket, { reverseLookup, onStream }: Verification): void {
  const onError = (): void => void secured.destroy();
  secured.on('error', onError);
  isPeerAtItsAddress(secured, reverseLookup).then((isRight) => {
    if (!isRight || secured.destroyed) return onError();
    onStream(new NodeByteStream(secured));
    secured.off('error', onError);
  }, onError);
}

async function isPeerAtItsAddress(secured: TLSSocket, reverseLookup: boolean): Promise<boolean> {
  // Nobody has vouched for a certificate that is not authorized: it proves as much as none.
  if (!secured.authorized) return true;
  const certificate = secured.getPeerCertificate();
  const address = plainAddress(secured.remoteAddress ?? '');
  const isFor = (name: string): boolean => checkServerIdentity(name, certificate) === undefined;
  if (isFor(address)) return true;
  const names = reverseLookup ? await reverse(address).catch(() => []) : [];
  return names.some(isFor);
}

interface Detection {
  detectionTimeoutMs: number;
  secure: Acceptor;
  onStream: (stream: NodeByteStream) => void;
}

function detect(socket: Socket, { detectionTimeoutMs, secure, onStream }: Detection): void {
  const onError = (): void => void socket.destroy();
  const clock = setTimeout(onError, detectionTimeoutMs);
  const onClose = (): void => clearTimeout(clock);
  socket.on('error', onError);
  socket.once('close', onClose);
  socket.once('end', onError);
  socket.once('data', (first: Buffer) => {
    clearTimeout(clock);
    socket.off('close', onClose);
    socket.off('end', onError);
    socket.pause();
    socket.unshift(first);
    if (first[0] === TLS_HANDSHAKE_BYTE) secure(socket);
    else onStream(plainStream(socket));
    socket.off('error', onError);
  });
  socket.resume();
}
