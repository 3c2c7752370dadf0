import { findKey, keys } from './keys.js';
import { parseProperties } from './properties.js';

/** What takes the place of members in a configuration file. */
export interface StaticFileChange {
  /** Absolute path of the file that has the members from now on. */
  readonly dynamicFile: string;
  /** Keys that the members' file now tells: `clientPort`, where this server's line has it. */
  readonly dropped: readonly string[];
}

const MEMBER_KEY = /^(?:server|group|weight)\./;

/**
 * A configuration file without its members and with the name of the file that has them instead. All else stays as it
 * is, comments too.
 * @param text the file's bytes as latin1, so that whatever encoding it has comes out again
 */
export function pointToDynamicFile(text: string, { dynamicFile, dropped }: StaticFileChange): string {
  const lines: (string | null)[] = text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? [];
  const gone = new Set(['dynamicConfigFile', 'peerType', ...dropped]);
  for (const { key, line, lastLine } of parseProperties(text, '')) {
    const name = findKey(key)?.name ?? key;
    if (!gone.has(name) && !isMemberKey(name)) continue;
    lines.fill(null, line - 1, lastLine);
  }
  const kept = lines.filter((line) => line !== null).join('');
  const separator = kept === '' || /[\r\n]$/.test(kept) ? '' : '\n';
  return `${kept}${separator}dynamicConfigFile=${escaped(dynamicFile)}\n`;
}

function isMemberKey(name: string): boolean {
  return MEMBER_KEY.test(name) && !Object.hasOwn(keys, name);
}

/** Plain ASCII, as properties files have been read at all times. */
function escaped(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
