import { confText, dirsText, enviText } from './configuration-text.js';
import { fullConnection } from './connection-text.js';
import { dumpText } from './dump-text.js';
import { mntrText } from './monitor-text.js';
import type { ServerInfo } from './server-info.js';
import { srvrText, statText } from './status-text.js';
import { wchcText, wchpText, wchsText } from './watch-text.js';
import { WordAccess, notAllowed } from './word-access.js';

/** The mask that `gtmk` tells before anybody has set one. Nothing here is traced by it. */
const TRACE_MASK_INITIAL = 306n;
const NOT_SERVING = 'This ZooKeeper instance is not currently serving requests';

type Answer = string | Promise<string>;

/** Answers the four-letter words of one server (operations 3). */
export class FourLetterWords {
  private readonly server: ServerInfo;
  private readonly access: WordAccess;
  private traceMask = TRACE_MASK_INITIAL;

  constructor(server: ServerInfo) {
    this.server = server;
    this.access = new WordAccess(server.config.words);
  }

  /**
   * The text to send before the connection is closed.
   * @param argument the eight bytes that follow `stmk`
   */
  answer(word: string, argument: Buffer | null, remoteAddress: string): Answer {
    if (!this.access.allows(word, remoteAddress)) return notAllowed(word);
    this.server.stats.wordAsked();
    return this.answerAnyTime(word, argument) ?? (this.server.isServing ? this.answerServing(word) : notServing(word));
  }

  /** Words that a server which is starting or stopping answers too. */
  private answerAnyTime(word: string, argument: Buffer | null): Answer | null {
    switch (word) {
      case 'ruok':
        return 'imok';
      case 'envi':
        return enviText(this.server);
      case 'gtmk':
        return String(this.traceMask);
      case 'stmk':
        if (argument !== null) this.traceMask = argument.readBigInt64BE(0);
        return String(this.traceMask);
      case 'isro':
        if (!this.server.isServing) return 'null';
        return this.server.mode === 'read-only' ? 'ro' : 'rw';
      default:
        return null;
    }
  }

  private answerServing(word: string): Answer {
    const { server } = this;
    switch (word) {
      case 'srvr':
        return srvrText(server);
      case 'stat':
        return statText(server);
      case 'mntr':
        return mntrText(server);
      case 'conf':
        return confText(server);
      case 'cons':
        return `${[...server.connections()].map(fullConnection).join('')}\n`;
      case 'dirs':
        return dirsText(server);
      case 'dump':
        return dumpText(server);
      case 'wchs':
        return wchsText(server.watches);
      case 'wchp':
        return wchpText(server.watches);
      case 'wchc':
        return wchcText(server.watches);
      case 'hash':
        return [...server.digests()].map(({ zxid, digest }) => `${zxid.toString(16)}: ${digest}\n`).join('');
      case 'crst':
        for (const { link } of server.connections()) link.stats.reset();
        return 'Connection stats reset.\n';
      case 'srst':
        server.stats.reset();
        return 'Server stats reset.\n';
      default:
        throw new RangeError(`${word} is not a four-letter word`);
    }
  }
}

/** `hash` alone leaves the line open. */
function notServing(word: string): string {
  return word === 'hash' ? NOT_SERVING : `${NOT_SERVING}\n`;
}
