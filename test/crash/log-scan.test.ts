import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLogs } from './support/log-scan.js';

const LISTED = ['log.1', 'log.17e9', 'log.1908'];

describe('logs that were listed before a living server purged some', () => {
  let directory: string;
  beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'pinfold-log-scan-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  const write = (...names: string[]): void => names.forEach((name) => writeFileSync(join(directory, name), name));
  const read = (): string[] => readLogs(directory, LISTED).map(({ name }) => name);

  it('are read from the oldest that is left', () => {
    write('log.1908');
    expect(read()).toEqual(['log.1908']);
    write('log.17e9');
    expect(read()).toEqual(['log.17e9', 'log.1908']);
    write('log.1');
    expect(read()).toEqual(LISTED);
  });

  it('are not purged in that manner when an older one is there: no gap goes unseen', () => {
    write('log.1', 'log.1908');
    expect(read).toThrow('log.17e9 has gone, and older ones are there: log.1');
  });
});
