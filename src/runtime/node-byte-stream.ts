import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { certificateSubject } from './certificate-subject.js';
import type { ByteStream, ByteStreamHandlers } from './network.js';

/** How long a peer may take to close its side after it was sent everything. */
const LINGER_MS = 1000;
/** How long it may take to fetch what is left for it. */
const LAST_WORDS_MS = 5000;

/** Where a socket hands over what it has read into a buffer of its own, instead of emitting it as data. */
export interface SocketInlet {
  onBytes: (chunk: Buffer) => void;
}

/** A ByteStream over a connected node socket (plain or TLS). The socket must have been paused. */
export class NodeByteStream implements ByteStream {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly encrypted: boolean;
  readonly peerCertificateSubject: string | null;
  private readonly socket: Socket;
  private readonly inlet: SocketInlet | null;
  private isEnding = false;
  private failure: Error | null = null;

  constructor(socket: Socket, inlet: SocketInlet | null = null) {
    this.socket = socket;
    this.inlet = inlet;
    this.remoteAddress = plainAddress(socket.remoteAddress ?? '');
    this.remotePort = socket.remotePort ?? 0;
    this.encrypted = 'encrypted' in socket && socket.encrypted === true;
    this.peerCertificateSubject = this.encrypted ? verifiedSubject(socket as TLSSocket) : null;
    socket.setNoDelay(true);
    socket.on('error', this.onError);
  }

  get localPort(): number {
    return this.socket.localPort ?? 0;
  }

  /** Tells the streams of one listener apart. */
  get peer(): string {
    return `${this.remoteAddress} ${this.remotePort}`;
  }

  get bufferedBytes(): number {
    return this.socket.writableLength;
  }

  listen(handlers: ByteStreamHandlers): void {
    const { socket } = this;
    if (this.inlet === null) socket.on('data', (chunk: Buffer) => handlers.data(chunk));
    else this.inlet.onBytes = (chunk) => handlers.data(chunk);
    if (handlers.drain) socket.on('drain', () => handlers.drain?.());
    socket.on('end', () => handlers.end?.());
    // A socket that is closed by now has emitted its close already.
    if (socket.closed) queueMicrotask(() => handlers.close(this.failure));
    else socket.once('close', () => handlers.close(this.failure));
    socket.resume();
  }

  write(bytes: Buffer): boolean {
    if (this.socket.destroyed || this.socket.writableEnded) return false;
    return this.socket.write(bytes);
  }

  /** Mostly the system takes all at once; Node keeps nothing of it then. */
  lend(bytes: Buffer): boolean {
    const { socket } = this;
    if (socket.destroyed || socket.writableEnded) return true;
    socket.write(bytes);
    return socket.writableLength === 0;
  }

  /** Not once it is ending: only who reads learns that the peer has closed its side, too. */
  pause(): void {
    if (!this.isEnding) this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    const { socket } = this;
    if (socket.destroyed || this.isEnding) return;
    this.isEnding = true;
    let patience = setTimeout(() => socket.destroy(), LAST_WORDS_MS).unref();
    socket.end(() => {
      clearTimeout(patience);
      patience = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    });
    // Closing with unread bytes would reset the connection and take the last answer with it: read on, for a while.
    socket.resume();
    socket.once('close', () => clearTimeout(patience));
  }

  destroy(): void {
    this.socket.destroy();
  }

  private readonly onError = (error: Error): void => {
    this.failure ??= error;
  };
}

export function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${plainAddress(remoteAddress ?? '')} ${remotePort ?? 0}`;
}

/** IPv4 addresses seen through an IPv6 socket lose their prefix. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

function verifiedSubject(socket: TLSSocket): string | null {
  if (!socket.authorized) return null;
  return certificateSubject(socket.getPeerX509Certificate());
}
