import { Summary } from './summary.js';

/** Namespaces that are told apart; requests for others are not counted here, so that paths cannot fill the memory. */
const NAMESPACES_MAX = 1000;

/** Bytes read or written by the first component of the path. */
export class NamespaceStats {
  private readonly byNamespace = new Map<string, Summary>();
  /** Under names that `mntr` can print: two namespaces may share one. */
  private readonly byKey = new Map<string, Summary>();

  add(path: string, bytes: number): void {
    const end = path.indexOf('/', 1);
    const namespace = path.slice(1, end === -1 ? undefined : end);
    const summary = this.byNamespace.get(namespace) ?? this.open(namespace);
    summary?.add(bytes);
  }

  /** Key and summary, in the order of first use. */
  entries(): Iterable<readonly [string, Summary]> {
    return this.byKey;
  }

  reset(): void {
    this.byNamespace.clear();
    this.byKey.clear();
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
