/** Words that health checks use; they give away nothing worth hiding from somebody on the same machine. */
const HARMLESS = new Set(['ruok', 'srvr', 'isro', 'stat', 'mntr']);

export interface WordAccessOptions {
  /** Allowed words; `*` is all of them. */
  readonly whitelist: readonly string[];
  /** Allow the words of health checks to clients on this machine in any case. */
  readonly loopback: boolean;
}

/** Who may ask what (operations 3.2). */
export class WordAccess {
  private readonly words: ReadonlySet<string>;
  private readonly loopback: boolean;

  constructor({ whitelist, loopback }: WordAccessOptions) {
    this.words = new Set(whitelist);
    this.loopback = loopback;
  }

  allows(word: string, remoteAddress: string): boolean {
    if (this.words.has('*') || this.words.has(word)) return true;
    return this.loopback && HARMLESS.has(word) && isLoopback(remoteAddress);
  }
}

/** The answer to a word that is not allowed. */
export function notAllowed(word: string): string {
  return `${word} is not executed because it is not in the whitelist.\n`;
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./i.test(address);
}
