import type { ConnectRequest } from '../../protocol/connect.js';
import type { Logger } from '../../runtime/index.js';
import type { ClientSocket, SocketOwner } from '../net/client-socket.js';
import { LoneSpeaker } from '../net/lone-speaker.js';
import type { ClientLink } from '../pipeline/client-link.js';
import type { FourLetterWords } from '../words/four-letter-words.js';
import type { ServerStats } from '../words/server-stats.js';
import type { ServerCore } from './server-core.js';

/** Joins the client ports to the pipeline of the part that the server plays, if it plays one. */
export class PipelineOwner implements SocketOwner {
  private core: ServerCore | null = null;
  private readonly logger: Logger;
  private readonly words: FourLetterWords;
  private readonly stats: ServerStats;
  private readonly speakers = new LoneSpeaker();

  constructor(logger: Logger, words: FourLetterWords, stats: ServerStats) {
    this.logger = logger;
    this.words = words;
    this.stats = stats;
  }

  /** Clients are served from here on; or, with null, whoever asks for a session is sent away (client-protocol 10.5). */
  serve(core: ServerCore | null): void {
    this.core = core;
  }

  connect(link: ClientLink, request: ConnectRequest): void {
    const { core } = this;
    if (core === null) {
      this.stats.counters.cnxn_closed_without_zk_server_running++;
      return link.close();
    }
    core.traffic.connected();
    core.pipeline.admission.connect(link, request);
  }

  heard(link: ClientLink): void {
    this.core?.pipeline.heard(link);
  }

  submit(link: ClientLink, buf: Buffer, start: number, end: number): void {
    const { core } = this;
    if (core === null) return link.close();
    core.traffic.requested();
    core.pipeline.submit(link, buf, start, end);
  }

  handled(socket: ClientSocket): boolean {
    const isAlone = this.speakers.isAlone(socket);
    if (isAlone) this.core?.traffic.commitAtOnce();
    return isAlone;
  }

  submitted(socket: ClientSocket): void {
    this.core?.pacing.slowDown(socket);
  }

  word(word: string, argument: Buffer | null, socket: ClientSocket): Promise<string | null> | string | null {
    return word === '' ? null : this.words.answer(word, argument, socket.link.peer.remoteAddress);
  }

  closed(socket: ClientSocket): void {
    const { core } = this;
    socket.link.closed = true;
    core?.pacing.forget(socket);
    core?.pipeline.linkClosed(socket.link);
  }

  wordFailed(socket: ClientSocket, error: unknown): void {
    this.logger.error('A four-letter word could not be answered', { error });
    socket.link.close();
  }

  badFrame(socket: ClientSocket, length: number): void {
    this.logger.warn(`Len error ${length}`, { remoteAddress: socket.stream.remoteAddress });
  }
}
