import { ConfigError } from './config-error.js';

/** One `key=value` of a properties file, escapes resolved, blanks around key and value cut off. */
export interface PropertyEntry {
  readonly key: string;
  readonly value: string;
  /** Line on which the entry begins, from 1. */
  readonly line: number;
  /** Line on which it ends: another one where a backslash continues it. */
  readonly lastLine: number;
}

interface LogicalLine {
  readonly text: string;
  readonly line: number;
  readonly lastLine: number;
}

/**
 * Reads a Java properties file: `key=value`, `key:value` or `key value`; comments on lines that begin with `#` or `!`;
 * backslash escapes and line continuation. Every entry is returned, repeated keys too: the last one counts.
 * @param source the name of the file, for errors
 */
export function parseProperties(text: string, source: string): PropertyEntry[] {
  return logicalLines(text).map(({ text: content, line, lastLine }) => {
    const keyEnd = endOfKey(content);
    const place = { source, line };
    return {
      key: unescape(content.slice(0, keyEnd), place).trim(),
      value: unescape(content.slice(startOfValue(content, keyEnd)), place).trim(),
      line,
      lastLine,
    };
  });
}

/** The bytes as text: UTF-8 where they are valid UTF-8, else ISO-8859-1, the encoding of properties files of old. */
export function decodeProperties(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  }
}

/** Joins continued lines, drops comments and empty ones. A comment is never continued, nor is a continuation a comment. */
function logicalLines(text: string): LogicalLine[] {
  const natural = text.split(/\r\n|\r|\n/);
  const logical: LogicalLine[] = [];
  for (let at = 0; at < natural.length; at++) {
    const line = at + 1;
    let content = withoutLeadingBlanks(natural[at] ?? '');
    if (content === '' || content.startsWith('#') || content.startsWith('!')) continue;
    while (isContinued(content)) {
      content = content.slice(0, -1);
      if (at + 1 >= natural.length) break;
      at++;
      content += withoutLeadingBlanks(natural[at] ?? '');
    }
    if (content !== '') logical.push({ text: content, line, lastLine: at + 1 });
  }
  return logical;
}

function withoutLeadingBlanks(line: string): string {
  return line.replace(/^[ \t\f]+/, '');
}

/** An odd number of backslashes at the end: the last of them escapes the line break. */
function isContinued(line: string): boolean {
  const backslashes = /\\+$/.exec(line)?.[0].length ?? 0;
  return backslashes % 2 === 1;
}

function endOfKey(line: string): number {
  for (let at = 0; at < line.length; at++) {
    const char = line[at];
    if (char === '\\') at++;
    else if (char === '=' || char === ':' || isBlank(char)) return at;
  }
  return line.length;
}

/** Behind the key: blanks, at most one `=` or `:`, blanks. */
function startOfValue(line: string, keyEnd: number): number {
  let at = skipBlanks(line, keyEnd);
  if (line[at] === '=' || line[at] === ':') at = skipBlanks(line, at + 1);
  return at;
}

function skipBlanks(line: string, from: number): number {
  let at = from;
  while (isBlank(line[at])) at++;
  return at;
}

function isBlank(char: string | undefined): boolean {
  return char === ' ' || char === '\t' || char === '\f';
}

const CONTROL_ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unescape(text: string, place: { source: string; line: number }): string {
  return text.replace(/\\(?:u(.{0,4})|([^]?))/g, (whole, hex: string | undefined, char: string | undefined) => {
    if (hex === undefined) return CONTROL_ESCAPES[char ?? ''] ?? char ?? '';
    if (!/^[0-9a-fA-F]{4}$/.test(hex)) {
      const allowed = `${whole} is not an escape: \\u takes four hexadecimal digits (a literal backslash is written \\\\)`;
      throw new ConfigError({ key: null, value: null, allowed, nearest: null, ...place });
    }
    return String.fromCharCode(Number.parseInt(hex, 16));
  });
}
