import { Summary } from './summary.js';

/** Namespaces that are told apart; requests for others are not counted here, so that paths cannot fill the memory. */
const NAMESPACES_MAX = 1000;

const SLASH = 0x2f;
const NOTHING = Buffer.alloc(0);

/** Bytes read or written by the first component of the path. */
export class NamespaceStats {
  private readonly byNamespace = new Map<string, Summary>();
  /** Under names that `mntr` can print: two namespaces may share one. */
  private readonly byKey = new Map<string, Summary>();
  /** The last one counted for, which the next is likely to be for, too: to compare costs less than to look up. */
  private last: Summary | null = null;
  private lastText = '';
  private lastBytes = NOTHING;

  add(path: string, bytes: number): void {
    const length = this.lastText.length + 1;
    const isLast = path.startsWith(this.lastText, 1) && (path.length === length || path.charCodeAt(length) === SLASH);
    if (!isLast) this.turnTo(path);
    this.last?.add(bytes);
  }

  /** A path in UTF-8, in place. */
  addAt(buf: Buffer, start: number, end: number, bytes: number): void {
    if (!this.isLastAt(buf, start, end)) this.turnTo(buf.toString('utf8', start, end));
    this.last?.add(bytes);
  }

  private isLastAt(buf: Buffer, start: number, end: number): boolean {
    const { lastBytes } = this;
    const next = start + 1 + lastBytes.length;
    if (lastBytes.length === 0 || next > end || (next < end && buf[next] !== SLASH)) return false;
    for (let i = 0; i < lastBytes.length; i++) {
      if (buf[start + 1 + i] !== lastBytes[i]) return false;
    }
    return true;
  }

  private turnTo(path: string): void {
    const end = path.indexOf('/', 1);
    this.lastText = path.slice(1, end === -1 ? undefined : end);
    this.lastBytes = Buffer.from(this.lastText);
    this.last = this.byNamespace.get(this.lastText) ?? this.open(this.lastText);
  }

  /** Key and summary, in the order of first use. */
  entries(): Iterable<readonly [string, Summary]> {
    return this.byKey;
  }

  reset(): void {
    this.byNamespace.clear();
    this.byKey.clear();
    this.last = null;
    this.lastText = '';
    this.lastBytes = NOTHING;
  }

  private open(namespace: string): Summary | null {
    if (namespace === '' || this.byNamespace.size >= NAMESPACES_MAX) return null;
    const key = metricKey(namespace);
    const summary = this.byKey.get(key) ?? new Summary();
    this.byKey.set(key, summary);
    this.byNamespace.set(namespace, summary);
    return summary;
  }
}

/** Scrapers take keys of word characters only, and some drop the whole answer at the first line that is otherwise. */
function metricKey(namespace: string): string {
  return namespace.replace(/\W/g, '_');
}
