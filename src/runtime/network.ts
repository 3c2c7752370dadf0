import type { SecureContextOptions } from 'node:tls';

/** What a {@link ByteStream} tells its owner. */
export interface ByteStreamHandlers {
  /** The chunk may be reused by the stream after this call returns: copy what is kept. */
  data(chunk: Buffer): void;
  /** Everything written has been handed to the system. */
  drain?(): void;
  /** The peer will send no more. A stream that was accepted stays open for answers until it is ended. */
  end?(): void;
  /** Exactly once, after everything else. */
  close(error: Error | null): void;
}

/** One connected socket. */
export interface ByteStream {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localPort: number;
  readonly encrypted: boolean;
  /** Subject of the peer's verified TLS certificate as RFC 2253 text. */
  readonly peerCertificateSubject: string | null;
  /** Bytes written and not yet handed to the system. */
  readonly bufferedBytes: number;
  /** Starts the flow. Call once, before the turn in which the stream was given ends. */
  listen(handlers: ByteStreamHandlers): void;
  /** Takes ownership of the bytes. False: wait for `drain` before writing much more. */
  write(bytes: Buffer): boolean;
  /**
   * Writes bytes whose buffer the caller would like to use again. True: it may, they have been handed over. False: the
   * stream keeps the buffer, as after {@link write}.
   */
  lend(bytes: Buffer): boolean;
  /** Stops the flow of `data` until {@link resume}; a chunk that is on its way may still come. */
  pause(): void;
  /** Lets `data` flow again; fine when it does. */
  resume(): void;
  /** Sends what was written, then closes both directions; the peer has a moment to close its side. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

/** TLS as a server, in node:tls terms. */
export interface TlsServerOptions extends SecureContextOptions {
  /** Ask the client for a certificate. */
  requestCert?: boolean;
  /** Refuse clients without a valid one. */
  rejectUnauthorized?: boolean;
  handshakeTimeoutMs?: number;
  /**
   * Refuse clients whose certificate is for neither the address they call from nor, with `reverseLookup`, a name of that
   * address. Clients without a certificate are left to the two above.
   */
  verifyPeerAddress?: { reverseLookup: boolean };
  /** Serve plain and TLS clients on one port: the first byte decides, within this many ms. */
  plainTextToo?: { detectionTimeoutMs: number };
}

/** TLS as a client, in node:tls terms. */
export interface TlsClientOptions extends SecureContextOptions {
  /** Name to ask for and to verify; the host connected to by default. */
  servername?: string;
  rejectUnauthorized?: boolean;
  /** Verify the certificate's name against the host; on by default. */
  verifyHostname?: boolean;
}

/** Where to connect to, and for how long to try. */
export interface ConnectTarget {
  /** An address, or a name to resolve. */
  host: string;
  port: number;
  tls?: TlsClientOptions;
  /** Covers resolving, connecting and the TLS handshake. */
  timeoutMs: number;
}

/** A connection in the making. */
export interface PendingStream {
  readonly stream: Promise<ByteStream>;
  /** Gives up: the promise rejects, nothing stays open. */
  abort(): void;
}

/** A port to accept connections on. */
export interface ListenOptions {
  /** All interfaces when absent. */
  host?: string;
  /** 0 takes a free one. */
  port: number;
  backlog?: number;
  tls?: TlsServerOptions;
  keepAlive?: boolean;
}

/** A port that listens, with what it got in place of 0 and of a missing host. */
export interface Listener {
  readonly address: string;
  readonly port: number;
  /** Stops accepting and drops who is no stream yet; streams that were handed out live on, and are waited for. */
  close(): Promise<void>;
}

/** TCP and TLS: sockets of the system, or those of a simulation. */
export interface Network {
  /** Returns at once; the promise rejects with the system's error, or an Error when `timeoutMs` are over. */
  connect(target: ConnectTarget): PendingStream;
  /** All addresses of a name, asked anew each time. */
  resolve(host: string): Promise<string[]>;
  /** Rejects with the system's error (EADDRINUSE, EACCES ...). */
  listen(options: ListenOptions, onStream: (stream: ByteStream) => void): Promise<Listener>;
}
