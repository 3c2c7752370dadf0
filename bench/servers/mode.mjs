// What part a server has in its ensemble, as it says itself.
import { connect } from 'node:net';

const TIMEOUT_MS = 2_000;

/**
 * @param {number} port
 * @returns {Promise<string | null>} leader, follower ...; null when it serves nobody
 */
export function modeOf(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let said = '';
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
    socket.once('connect', () => socket.write('srvr'));
    socket.on('data', (chunk) => (said += chunk.toString()));
    socket.once('error', () => {}); // 'close' follows
    socket.once('close', () => resolve(/^Mode: (\w+)$/m.exec(said)?.[1] ?? null));
  });
}
