import { sessionIdText } from './number-text.js';
import type { WatchesInfo } from './server-info.js';

/** `wchs`. */
export function wchsText(watches: WatchesInfo): string {
  const { connections, paths, watches: total } = watches.counts();
  return `${connections} connections watching ${paths} paths\nTotal watches:${total}\n`;
}

/** `wchp`. */
export function wchpText(watches: WatchesInfo): string {
  const parts: string[] = [];
  for (const [path, links] of watches.byPath()) {
    parts.push(`${path}\n`);
    for (const { sessionId } of links) parts.push(`\t${sessionIdText(sessionId)}\n`);
  }
  return `${parts.join('')}\n`;
}

/** `wchc`. */
export function wchcText(watches: WatchesInfo): string {
  const parts: string[] = [];
  for (const [{ sessionId }, paths] of watches.byConnection()) {
    parts.push(`${sessionIdText(sessionId)}\n`);
    for (const path of paths) parts.push(`\t${path}\n`);
  }
  return `${parts.join('')}\n`;
}
