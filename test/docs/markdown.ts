import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../support/built.js';

/** A fenced block of a page, and the comment above it. */
export interface CodeBlock {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** What `<!-- this -->` said, or null. */
  readonly marker: string | null;
}

export function readPage(page: string): string {
  return readFileSync(join(projectRoot, page), 'utf8');
}

/** All fenced blocks of a Markdown file, named relative to the project. */
export function codeBlocks(page: string): CodeBlock[] {
  const lines = readPage(page).split('\n');
  const blocks: CodeBlock[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const language = /^```(\w+)/.exec(lines[at] ?? '')?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf('```', at + 1);
    if (end < 0) throw new Error(`${page}:${at + 1}: a code block without an end`);
    const above = lines.slice(0, at).findLast((line) => line !== '') ?? '';
    const marker = /^<!-- (\S+) -->$/.exec(above)?.[1] ?? null;
    blocks.push({ page, line: at + 1, language, text: `${lines.slice(at + 1, end).join('\n')}\n`, marker });
    at = end;
  }
  return blocks;
}

/** Targets of the links that lead to files of this project. */
export function localLinks(page: string): string[] {
  return [...readPage(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((target) => !/^(https?:|#|mailto:)/.test(target))
    .map((target) => target.replace(/#.*$/, ''));
}
