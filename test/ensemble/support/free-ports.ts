import { isFreePort } from '../../support/is-free-port.js';

/** Below where systems take the ports of outgoing connections from: nobody takes ours while a server is down. */
const PORT_MIN = 10_000;
const PORT_COUNT = 20_000;
const given = new Set<number>();

/** Ports of the loopback interface that are free now, and that nobody else is likely to take. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = PORT_MIN + Math.floor(Math.random() * PORT_COUNT);
    if (given.has(port) || !(await isFreePort(port))) continue;
    given.add(port);
    ports.push(port);
  }
  return ports;
}
