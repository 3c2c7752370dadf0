// Three servers that are one, all of one product, on ports that stay theirs when one of them is started again.
import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { firstSession } from './first-session.mjs';
import { freePort } from './free-port.mjs';
import { START_TIMEOUT_MS } from './launch.mjs';
import { newHome, startServer } from './server.mjs';
import { modeOf } from './mode.mjs';

/** @import { Product, Server, Target } from './server.mjs' */

const SIZE = 3;
const POLL_MS = 5;
/** What Apache's sample configuration has: without them, neither starts an ensemble. */
const LIMITS = { initLimit: 10, syncLimit: 5 };

/** @implements {Target} */
export class Ensemble {
  #config;
  /** From starting the processes to the first session that any of them answered, in ms. */
  firstMs = NaN;
  /** And until each of them had answered one. */
  startMs = NaN;

  /**
   * @param {Product} product
   * @param {Server[]} members
   * @param {Readonly<Record<string, string | number>>} config
   */
  constructor(product, members, config) {
    this.product = product;
    this.members = members;
    this.#config = config;
  }

  /**
   * Resolves when each of the three has answered a session.
   * @param {Product} product
   */
  static async launch(product) {
    const { places, config } = await layOut();
    const startedMs = performance.now();
    const members = places.map((place) => startServer(product, { ...place, config }));
    const ensemble = new Ensemble(product, members, config);
    try {
      const answered = members.map(async ({ port }) => {
        await firstSession(port, { timeoutMs: START_TIMEOUT_MS, given: () => ensemble.hasEnded() });
        return performance.now() - startedMs;
      });
      const all = await Promise.all(answered);
      ensemble.firstMs = Math.min(...all);
      ensemble.startMs = Math.max(...all);
      ensemble.#putLast(await ensemble.leader());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const said = ensemble.logTail();
      await ensemble.discard();
      throw new Error(`three of ${product.name} did not start: ${reason}\n${said}`, { cause: error });
    }
    return ensemble;
  }

  /**
   * Followers first: one connection alone is one to a follower, of either product.
   * @param {Server} leader
   */
  #putLast(leader) {
    this.members.push(...this.members.splice(this.members.indexOf(leader), 1));
  }

  get connectString() {
    return this.members.map(({ connectString }) => connectString).join(',');
  }

  get pids() {
    return this.members.map(({ pid }) => pid);
  }

  /** Whether any of them has: it is no ensemble of three any more. */
  hasEnded() {
    return this.members.some((member) => member.hasEnded());
  }

  logTail() {
    const ended = this.members.filter((member) => member.hasEnded());
    return (ended.length > 0 ? ended : this.members).map((member) => member.logTail()).join('\n');
  }

  /** Resolves with the leader, as soon as one leads and all others follow. */
  async leader() {
    const givenUpMs = performance.now() + START_TIMEOUT_MS;
    while (performance.now() < givenUpMs && !this.hasEnded()) {
      const modes = await Promise.all(this.members.map(({ port }) => modeOf(port)));
      const leader = this.members[modes.indexOf('leader')];
      if (leader !== undefined && modes.filter((mode) => mode === 'follower').length === SIZE - 1) return leader;
      await sleep(POLL_MS);
    }
    throw new Error(`three of ${this.product.name} do not all serve\n${this.logTail()}`);
  }

  /**
   * Starts a member again that has ended, where it was and on its data.
   * @param {Server} member
   */
  start(member) {
    const { home, port } = member;
    this.members[this.members.indexOf(member)] = startServer(this.product, { home, port, config: this.#config });
  }

  async discard() {
    await Promise.all(this.members.map((member) => member.discard()));
  }
}

/** Folders, ports, and what the configuration of all three has in common. */
async function layOut() {
  const places = [];
  /** @type {Record<string, string | number>} */
  const config = { ...LIMITS };
  for (let id = 1; id <= SIZE; id += 1) {
    const home = newHome();
    mkdirSync(`${home}/data`, { recursive: true });
    writeFileSync(`${home}/data/myid`, `${id}\n`);
    places.push({ home, port: await freePort() });
    config[`server.${id}`] = `127.0.0.1:${await freePort()}:${await freePort()}`;
  }
  return { places, config };
}
