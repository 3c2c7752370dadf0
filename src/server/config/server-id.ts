import { join } from 'node:path';
import type { ConfigProblem } from './config-error.js';
import type { ReadText } from './config-files.js';

/** Largest number of a server: it is the top byte of session ids. */
export const SERVER_ID_MAX = 255;

/** The number in the file `myid`, or what is wrong with it. */
export function readServerId(dataDir: string, members: readonly number[], readText: ReadText): number | ConfigProblem {
  const path = join(dataDir, 'myid');
  const listed = members.map(String).join(', ');
  const remedy = `it must hold the number of this server and nothing else, one of ${listed}`;
  const problem = (line: number | null, what: string): ConfigProblem => {
    return { key: null, value: null, allowed: `${what}; ${remedy}`, nearest: null, source: path, line };
  };
  const text = readText(path);
  if (text === null) return problem(null, 'this file is missing');
  const first = (text.split(/\r\n|\r|\n/, 1)[0] ?? '').trim();
  if (first === '') return problem(1, 'this line is empty');
  if (!/^\d{1,9}$/.test(first)) return problem(1, `${first} is not the number of a server`);
  const sid = Number(first);
  return members.includes(sid) ? sid : problem(1, `there is no server.${first} among the servers of this ensemble`);
}
