import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Client, WatchEvent } from '../../src/client/index.js';
import { KeeperError } from '../../src/client/index.js';
import { OpCode } from '../../src/protocol/op-codes.js';
import type { ScriptedServer } from './support/scripted-server.js';
import { statOf } from './support/scripted-server.js';
import { VirtualWorld } from './support/virtual-world.js';

interface Fault {
  readonly do: 'cut' | 'silence' | 'stop' | 'listen' | 'expire' | 'mute' | 'stall';
  /** Of a standstill. */
  readonly ms: number;
}

const step = fc.record({
  afterMs: fc.integer({ min: 0, max: 2500 }),
  calls: fc.integer({ min: 0, max: 5 }),
  fault: fc.record<Fault>({
    do: fc.constantFrom('cut', 'silence', 'stop', 'listen', 'expire', 'mute', 'stall'),
    ms: fc.integer({ min: 0, max: 8000 }),
  }),
});

/** One client, one server, and everything that can happen to the link between them. */
class Chaos {
  readonly world: VirtualWorld;
  readonly outcomes: string[] = [];
  readonly signals: { id: bigint; signal: AbortSignal }[] = [];
  /** Versions as the server carried them out. */
  readonly carriedOut: number[] = [];
  pending = 0;
  #calls = 0;

  constructor(seed: number) {
    this.world = new VirtualWorld(seed);
  }

  async run(steps: readonly { afterMs: number; calls: number; fault: Fault }[]): Promise<void> {
    const { world } = this;
    const server = await world.server();
    server.on(OpCode.setData, (request) => {
      this.carriedOut.push(request.body.version);
      request.reply({ stat: statOf() }, ++server.zxid);
    });
    const client = world.client(server.connectString);
    client.on('stateChanged', ({ to }) => {
      if (to === 'connected') this.signals.push(client.session);
    });
    for (const { afterMs, calls, fault } of steps) {
      for (let i = 0; i < calls; i++) this.#call(client);
      await world.pass(afterMs);
      await this.#inflict(server, fault);
    }
    server.answersPings = true;
    await server.listen();
    await world.until(client.connected(), 60_000);
    this.#call(client);
    await world.pass(30_000);
    this.#check(client, server);
    await world.until(client.close());
    expect(world.network.links.size).toBe(0);
  }

  #call(client: Client): void {
    const version = this.#calls++;
    this.pending++;
    client
      .setData('/a', 'x', { version })
      .then(() => `done ${version}`)
      .catch((error: unknown) => {
        expect(error).toBeInstanceOf(KeeperError);
        const { code, ambiguous } = error as KeeperError;
        return `${code} ${ambiguous ? 'perhaps' : 'not'} ${version}`;
      })
      .then((outcome) => {
        this.pending--;
        this.outcomes.push(outcome);
      })
      .catch((error: unknown) => this.outcomes.push(String(error)));
  }

  async #inflict(server: ScriptedServer, fault: Fault): Promise<void> {
    if (fault.do === 'stall') this.world.time.stall(fault.ms);
    else if (fault.do === 'stop') await server.stop();
    else if (fault.do === 'listen') await server.listen();
    else if (fault.do === 'expire') server.expireAll();
    else if (fault.do === 'mute') server.answersPings = !server.answersPings;
    else if (fault.do === 'cut') for (const link of this.world.network.links) link.cut();
    else for (const link of this.world.network.links) link.isSilent = true;
  }

  #check(client: Client, server: ScriptedServer): void {
    const { world } = this;
    const shown = this.outcomes.join('\n');
    expect(this.pending, shown).toBe(0);
    expect(client.state).toBe('connected');
    expect(world.network.links.size).toBe(1);
    expect(server.sessions.has(client.sessionId)).toBe(true);
    // Each call went out at most once, and in the order of the calls.
    expect(this.carriedOut).toEqual([...new Set(this.carriedOut)].sort((a, b) => a - b));
    const carriedOut = new Set(this.carriedOut);
    for (const outcome of this.outcomes) {
      const [what, , version] = outcome.startsWith('done') ? ['done', '', outcome.slice(5)] : outcome.split(' ');
      if (what === 'done') expect(carriedOut.has(Number(version)), outcome).toBe(true);
      else if (outcome.includes(' not ')) expect(carriedOut.has(Number(version)), outcome).toBe(false);
    }
    // Of all sessions only the last one lives.
    const alive = this.signals.filter(({ signal }) => !signal.aborted);
    expect(new Set(alive.map(({ id }) => id))).toEqual(new Set([client.sessionId]));
  }
}

describe('whatever happens to the link', () => {
  it('every call is answered, none is sent twice, and one session on one connection remains', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.integer(), async (steps, seed) => {
        await new Chaos(seed).run(steps);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a watch in all of this', () => {
  it('ends or fires, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 10 }), fc.integer(), async (steps, seed) => {
        const world = new VirtualWorld(seed);
        const server = await world.server();
        server.on(OpCode.getData, (request) => request.reply({ data: null, stat: statOf() }));
        const client = world.client(server.connectString);
        const { watch } = await world.until(client.getData('/a', { watch: true }));
        const events: WatchEvent[] = [];
        const over = (async () => {
          for await (const event of watch) events.push(event);
        })();
        for (const { afterMs, fault } of steps) {
          await world.pass(afterMs);
          if (fault.do === 'expire') server.expireAll();
          else if (fault.do === 'cut') for (const link of world.network.links) link.cut();
        }
        await world.until(client.connected(), 60_000);
        await world.until(client.close());
        await world.until(over);
        expect(events).toHaveLength(1);
        expect(['sessionLost', 'closed']).toContain(events[0]?.type);
      }),
      { numRuns: 100 },
    );
  });
});
