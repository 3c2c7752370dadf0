import { describe, expect, it } from 'vitest';
import type { ByteStream } from '../../src/runtime/index.js';
import type { WeatherOptions } from '../../src/testing/sim/weather.js';
import type { VirtualLink } from '../../src/testing/sim/virtual-link.js';
import { World } from '../../src/testing/sim/world.js';
import type { SimHost } from '../../src/testing/sim/world.js';

const WEATHER: WeatherOptions = {
  latencyMinMs: 1,
  latencyMaxMs: 20,
  bandwidth: 100,
  windowBytes: 1000,
  congestedBytes: 100,
  splitChance: 0,
  joinChance: 0,
  abruptChance: 0,
};

/** What one end of a connection has seen. */
class Ear {
  readonly chunks: string[] = [];
  ends = 0;
  drains = 0;
  closed: Error | null | undefined;
  readonly stream: ByteStream;

  constructor(stream: ByteStream) {
    this.stream = stream;
    stream.listen({
      data: (chunk) => this.chunks.push(chunk.toString('latin1')),
      drain: () => (this.drains += 1),
      end: () => (this.ends += 1),
      close: (error) => (this.closed = error),
    });
  }

  get text(): string {
    return this.chunks.join('');
  }
}

interface Scene {
  readonly world: World;
  readonly hosts: { readonly client: SimHost; readonly server: SimHost };
  readonly client: Ear;
  readonly server: Ear;
  readonly link: VirtualLink;
  readonly until: (isSo: () => boolean) => Promise<void>;
  readonly pass: (ms: number) => Promise<void>;
}

function worldOf(weather: Partial<WeatherOptions> = {}, seed = 1): World {
  return new World({ seed, turnMs: 1, weather: { ...WEATHER, ...weather }, observe: () => undefined });
}

async function connected(weather: Partial<WeatherOptions> = {}, seed = 1): Promise<Scene> {
  const world = worldOf(weather, seed);
  const hosts = { client: world.host('client', 'client'), server: world.host('server', 'server') };
  const ears: { client?: Ear; server?: Ear } = {};
  await hosts.server.runtime.network.listen({ port: 1 }, (stream) => (ears.server = new Ear(stream)));
  const pending = hosts.client.runtime.network.connect({ host: 'server', port: 1, timeoutMs: 1000 });
  void pending.stream.then((stream) => (ears.client = new Ear(stream)));
  const until = async (isSo: () => boolean): Promise<void> => {
    expect(await world.clock.run(isSo, world.clock.nowMs + 60_000)).toBe(true);
  };
  await until(() => ears.client !== undefined);
  return {
    world,
    hosts,
    client: ears.client!,
    server: ears.server!,
    link: world.network.openLinks()[0]!,
    until,
    pass: async (ms) => void (await world.clock.run(() => false, world.clock.nowMs + ms)),
  };
}

describe('the virtual network', () => {
  it('delivers bytes in order, cut and joined anew', async () => {
    const { client, server, until } = await connected({ splitChance: 0.5, joinChance: 0.5, windowBytes: 50 });
    const words = Array.from({ length: 200 }, (_, index) => `word${index} `);
    for (const word of words) client.stream.write(Buffer.from(word));
    await until(() => server.text === words.join(''));
    expect(server.chunks.length).not.toBe(words.length);
  });

  it('overwrites chunks that were handed out, so that nobody keeps them', async () => {
    const world = worldOf();
    const [client, server] = [world.host('client', 'client'), world.host('server', 'server')];
    const kept: Buffer[] = [];
    await server.runtime.network.listen({ port: 1 }, (stream) =>
      stream.listen({ data: (chunk) => kept.push(chunk), close: () => undefined }),
    );
    const { stream } = client.runtime.network.connect({ host: 'server', port: 1, timeoutMs: 1000 });
    void stream.then((opened) => opened.write(Buffer.from('abc')));
    await world.clock.run(() => kept.length === 1);
    expect(kept[0]).toEqual(Buffer.from([0xdd, 0xdd, 0xdd]));
  });

  it('makes a sender wait whose receiver does not read', async () => {
    const { client, server, until, pass } = await connected();
    server.stream.pause();
    expect(client.stream.write(Buffer.alloc(1000, 'a'))).toBe(true);
    expect(client.stream.write(Buffer.alloc(1000, 'b'))).toBe(false);
    await pass(1000);
    expect([client.stream.bufferedBytes, client.drains, server.text]).toEqual([1000, 0, '']);
    server.stream.resume();
    await until(() => server.text.length === 2000);
    expect([client.stream.bufferedBytes, client.drains]).toEqual([0, 1]);
  });

  it('ends behind what was sent, and closes both ends', async () => {
    const { client, server, until } = await connected();
    client.stream.write(Buffer.from('last words'));
    client.stream.end();
    await until(() => server.ends === 1);
    expect(server.text).toBe('last words');
    server.stream.write(Buffer.from('good-bye'));
    server.stream.end();
    await until(() => client.closed !== undefined && server.closed !== undefined);
    expect([client.text, client.closed, server.closed]).toEqual(['good-bye', null, null]);
  });

  it('refuses who connects to nobody, and lets who connects to the void wait', async () => {
    const { world, hosts } = await connected();
    const outcome = async (host: string): Promise<string> => {
      const { stream } = hosts.client.runtime.network.connect({ host, port: 2, timeoutMs: 500 });
      let text = '';
      void stream.then(
        () => (text = 'connected'),
        (error: Error) => (text = error.message),
      );
      await world.clock.run(() => text !== '');
      return text;
    };
    expect(await outcome('server')).toBe('server:2: connection refused');
    world.network.isolate(hosts.client, 10_000);
    expect(await outcome('server')).toBe('server:2: no connection within 500 ms');
  });

  it('resets both ends, or one, and the other when it writes', async () => {
    const both = await connected();
    both.link.reset();
    await both.until(() => both.client.closed !== undefined && both.server.closed !== undefined);
    expect(both.client.closed).toMatchObject({ code: 'ECONNRESET' });

    const one = await connected();
    one.link.reset('client');
    await one.pass(5000);
    expect([one.client.closed?.message, one.server.closed]).toEqual(['connection reset', undefined]);
    one.server.stream.write(Buffer.from('anybody there?'));
    await one.until(() => one.server.closed !== undefined);
    expect(one.server.closed).toMatchObject({ code: 'ECONNRESET' });
  });

  it.each([
    ['nothing of', false, ''],
    ['the beginning of', true, 'ans'],
  ])('loses a reply: the request arrives, %s the answer does', async (_, partArrives, heard) => {
    const { client, server, link, until } = await connected();
    link.loseNextReply(partArrives);
    client.stream.write(Buffer.from('request'));
    await until(() => server.text === 'request');
    server.stream.write(Buffer.from('answer'));
    await until(() => client.closed !== undefined);
    expect(client.text).toBe(heard);
  });

  it.each(['before', 'after'])(
    'resets one end, and the other where something that it wrote just %s is not heard',
    async (when) => {
      const { link, server, until } = await connected();
      if (when === 'before') server.stream.write(Buffer.from('unheard'));
      link.reset('client');
      if (when === 'after') server.stream.write(Buffer.from('unheard'));
      await until(() => server.closed !== undefined);
      expect(server.closed?.message).toBe('connection reset');
    },
  );

  it('stalls one way and not the other', async () => {
    const { world, client, server, link, pass, until } = await connected();
    link.client.incoming.stalledUntilMs = world.clock.nowMs + 5000;
    client.stream.write(Buffer.from('ping'));
    server.stream.write(Buffer.from('pong'));
    await pass(4000);
    expect([server.text, client.text]).toEqual(['ping', '']);
    await until(() => client.text === 'pong');
  });

  it('tells of a killed process at once, and of a dead machine only when it is back', async () => {
    const killed = await connected();
    killed.hosts.server.process.die();
    killed.world.network.died(killed.hosts.server, 'process');
    await killed.until(() => killed.client.ends === 1 || killed.client.closed !== undefined);

    const dark = await connected();
    dark.hosts.server.process.die();
    dark.world.network.died(dark.hosts.server, 'machine');
    dark.client.stream.write(Buffer.from('hello?'));
    await dark.pass(10_000);
    expect([dark.client.ends, dark.client.closed]).toEqual([0, undefined]);
    dark.world.network.lightUp('server');
    await dark.until(() => dark.client.closed !== undefined);
    expect(dark.client.closed).toMatchObject({ code: 'ECONNRESET' });
  });

  it('tells who still has something on the way to a machine that lost its power, when that is back', async () => {
    const { world, hosts, client, pass, until } = await connected();
    client.stream.write(Buffer.alloc(2000));
    hosts.server.process.die();
    world.network.died(hosts.server, 'machine');
    await pass(10_000);
    expect(client.closed).toBeUndefined();
    world.network.lightUp('server');
    await until(() => client.closed !== undefined);
    expect(client.closed).toMatchObject({ code: 'ECONNRESET' });
  });

  it('blocks one way between two addresses until it is healed, and loses nothing', async () => {
    const { world, client, server, pass, until } = await connected();
    const { roads } = world.network;
    roads.block('client', 'server', Infinity);
    client.stream.write(Buffer.from('to '));
    client.stream.write(Buffer.from('server'));
    server.stream.write(Buffer.from('to client'));
    await pass(50_000);
    expect([server.text, client.text]).toEqual(['', 'to client']);
    roads.heal('client', 'server');
    await until(() => server.text === 'to server');
  });

  it('tells nobody of an end on the other side of a partition, until it is over', async () => {
    for (const abruptChance of [0, 1]) {
      const { world, client, server, pass, until } = await connected({ abruptChance });
      world.network.roads.block('client', 'server', Infinity);
      world.network.roads.block('server', 'client', Infinity);
      client.stream.destroy();
      server.stream.write(Buffer.from('anybody there?'));
      await pass(50_000);
      expect([server.ends, server.closed]).toEqual([0, undefined]);
      world.network.roads.healAll();
      await until(() => server.ends === 1);
    }
  });

  it('lets who connects wait when the way back is blocked', async () => {
    const world = worldOf();
    const [client, server] = [world.host('client', 'client'), world.host('server', 'server')];
    await server.runtime.network.listen({ port: 1 }, () => undefined);
    world.network.roads.block('server', 'client', 1000);
    const { stream } = client.runtime.network.connect({ host: 'server', port: 1, timeoutMs: 500 });
    let text = '';
    void stream.catch((error: Error) => (text = error.message));
    await world.clock.run(() => text !== '');
    expect(text).toBe('server:1: no connection within 500 ms');
  });

  it('takes longer on a slow road, both ways', async () => {
    const { world, client, server, until } = await connected({ latencyMinMs: 10, latencyMaxMs: 10 });
    world.network.roads.slowDown('server', 'client', 100);
    const startMs = world.clock.nowMs;
    client.stream.write(Buffer.from('a'));
    server.stream.write(Buffer.from('b'));
    await until(() => server.text === 'a' && client.text === 'b');
    expect(world.clock.nowMs - startMs).toBeGreaterThan(1000);
  });
});

describe('the clocks of a process', () => {
  it('run at its own rate, its timers too', async () => {
    const world = worldOf();
    const { process } = world.host('hasty', 'hasty', { clockRate: 1.25 });
    let rangAtMs = 0;
    process.after(1000, () => (rangAtMs = world.clock.nowMs));
    await world.clock.run(() => rangAtMs > 0);
    expect([rangAtMs, process.monotonicMs()]).toEqual([800, 1000]);
  });
});
