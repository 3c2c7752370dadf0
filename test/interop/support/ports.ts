import { connect, createServer, type AddressInfo } from 'node:net';

/** A port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

const WORD_TIMEOUT_MS = 10_000;

/**
 * Asks a server on the loopback interface a four-letter word; rejects when nobody listens, or when no answer comes:
 * Apache's server never answers a connection that it accepted too early in its start.
 */
export async function fourLetterWord(port: number, word: string, timeoutMs = WORD_TIMEOUT_MS): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({ host: '127.0.0.1', port });
    socket.setEncoding('utf8');
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`${word}: no answer in ${timeoutMs} ms`)));
    socket.once('connect', () => socket.write(word));
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.once('error', reject);
    socket.once('close', (failed) => {
      if (!failed) resolve(answer);
    });
  });
}
