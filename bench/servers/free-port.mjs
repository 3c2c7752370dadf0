// Ports for servers that may be ended and started again on them.
import { createServer } from 'node:net';

/** Below where systems take the ports of outgoing connections from: nobody takes ours while a server is down. */
const PORT_MIN = 10_000;
const PORT_COUNT = 20_000;
/** @type {Set<number>} */
const given = new Set();

/** @returns {Promise<number>} a port of the loopback interface that is free now, and was not given away before */
export async function freePort() {
  for (;;) {
    const port = PORT_MIN + Math.floor(Math.random() * PORT_COUNT);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      const code = 'code' in error ? error.code : '';
      if (code === 'EADDRINUSE' || code === 'EACCES') resolve(false);
      else reject(error);
    });
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
