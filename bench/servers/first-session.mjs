// The moment a server serves: when it has answered a session. Nothing less counts, an open port least of all.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_MS = 2;
const ANSWER_TIMEOUT_MS = 5_000;

/**
 * Resolves when a session was opened, after closing it again.
 * @param {number} port
 * @param {{ timeoutMs: number, given: () => boolean }} options `given`: whether the server has given up
 */
export async function firstSession(port, { timeoutMs, given }) {
  const endMs = performance.now() + timeoutMs;
  while (performance.now() < endMs) {
    if (given()) throw new Error('its process ended');
    if (await openAndClose(port)) return;
    await sleep(RETRY_MS);
  }
  throw new Error(`no session within ${timeoutMs} ms`);
}

/** ConnectRequest for a new session: version, last zxid, timeout, session id, password, read-only. */
function connectRequest() {
  const frame = Buffer.alloc(4 + 45);
  frame.writeInt32BE(45, 0);
  frame.writeInt32BE(10_000, 16);
  frame.writeInt32BE(16, 28);
  return frame;
}

/** closeSession: xid 1, op -11. */
function closeRequest() {
  const frame = Buffer.alloc(12);
  frame.writeInt32BE(8, 0);
  frame.writeInt32BE(1, 4);
  frame.writeInt32BE(-11, 8);
  return frame;
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function openAndClose(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let received = Buffer.alloc(0);
    let answered = false;
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy());
    socket.once('connect', () => socket.write(connectRequest()));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (answered || received.length < 24) return;
      answered = received.readBigInt64BE(12) !== 0n;
      if (answered) socket.end(closeRequest());
      else socket.destroy();
      resolve(answered);
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
