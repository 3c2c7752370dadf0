import { connect } from 'node:net';
import type { TestServer } from '../../../../src/testing/index.js';

/** The answer to a four-letter word. */
export async function askWord({ port, host }: Pick<TestServer, 'port' | 'host'>, word: string): Promise<string> {
  const socket = connect(port, host);
  socket.end(word);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}
