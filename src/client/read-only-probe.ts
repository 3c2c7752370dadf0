import type { ByteStream, Network, TlsClientOptions } from '../runtime/network.js';
import type { Runtime } from '../runtime/runtime.js';
import type { Timer } from '../runtime/timers.js';
import type { ServerAddress } from './connect-string.js';
import { Dialler } from './dialler.js';
import type { HostProvider } from './host-provider.js';

export interface ReadOnlyProbeOptions {
  readonly runtime: Runtime;
  readonly hosts: HostProvider;
  readonly tls: TlsClientOptions | null;
  /** Bound of one question, ms. */
  readonly timeoutMs: number;
  /** A server with a quorum answered; it is the next one of the list now. */
  found(): void;
}

const FIRST_DELAY_MS = 100;
const DELAY_MAX_MS = 60_000;
const QUESTION = Buffer.from('isro');
const ANSWER_BYTES = 2;
const READ_WRITE = 'rw';

/**
 * While attached to a server without a quorum, asks the others in turn whether they have one (client-protocol 11.6):
 * first after 0.1 s, then half as often each time.
 */
export class ReadOnlyProbe {
  private readonly options: ReadOnlyProbeOptions;
  private readonly network: Network;
  private dialler: Dialler | null = null;
  private stream: ByteStream | null = null;
  private timer: Timer | null = null;
  private delayMs = FIRST_DELAY_MS;

  constructor(options: ReadOnlyProbeOptions) {
    this.options = options;
    this.network = options.runtime.network;
  }

  start(): void {
    this.stop();
    this.delayMs = FIRST_DELAY_MS;
    this.schedule();
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = null;
    this.dialler?.abort();
    this.dialler = null;
    this.stream?.destroy();
    this.stream = null;
  }

  private schedule(): void {
    this.timer = this.options.runtime.timers.after(this.delayMs, () => this.ask());
    this.delayMs = Math.min(this.delayMs * 2, DELAY_MAX_MS);
  }

  private ask(): void {
    const { hosts, tls, timeoutMs, runtime } = this.options;
    this.timer = runtime.timers.after(timeoutMs, () => this.askLater());
    this.dialler = new Dialler(hosts, this.network, tls);
    this.dialler.dial({
      timeoutMs,
      connected: (stream, server) => this.listen(stream, server),
      failed: () => this.askLater(),
    });
  }

  private listen(stream: ByteStream, server: ServerAddress): void {
    this.stream = stream;
    let answer = '';
    stream.listen({
      data: (chunk) => {
        answer += chunk.toString('latin1');
        if (answer.length >= ANSWER_BYTES) this.answered(stream, server, answer);
      },
      close: () => this.answered(stream, server, answer),
    });
    stream.write(Buffer.from(QUESTION));
  }

  private answered(stream: ByteStream, server: ServerAddress, answer: string): void {
    if (stream !== this.stream) return;
    if (!answer.startsWith(READ_WRITE)) {
      this.askLater();
      return;
    }
    this.stop();
    this.options.hosts.prefer(server);
    this.options.found();
  }

  private askLater(): void {
    this.stop();
    this.schedule();
  }
}
