import { expect, test } from 'vitest';
import { OpCode } from '../../../src/protocol/index.js';
import { curatorDiscoveryPresent } from '../support/curator.js';
import { describeWithCurator, PAIRS, type CuratorStage } from '../support/curator-stage.js';
import type { RecipePeer } from '../support/recipe-peer.js';
import { until } from '../support/until.js';

const UNTIL_MS = 20_000;

/** What both are told to register; the rest of an instance has defaults. */
interface Spec {
  readonly name: string;
  readonly id: string;
  readonly address: string;
  readonly port?: number;
  readonly sslPort?: number;
  readonly payload?: unknown;
  readonly serviceType?: string;
  readonly uriSpec?: string;
  readonly enabled?: boolean;
}

interface Instance extends Omit<Spec, 'uriSpec'> {
  readonly uri: string | null;
  readonly registrationTimeUTC: number;
}

const stageOptions = { rooms: ['discovery'], present: [curatorDiscoveryPresent] } as const;

describeWithCurator('service discovery shared with Curator', stageOptions, (stage) => {
  test.each([
    ['text', 'r\u00e9sum\u00e9 "quoted"'],
    ['map', { zone: 'north', weight: 3 }],
    ['host', { zone: 'south', weight: 7 }],
  ])('each finds what the other has registered: payload of the kind %s', async (kind, payload) => {
    const base = `/discovery/${kind}`;
    for (const peer of [stage.curator, stage.pinfold]) {
      await peer.call('discovery.open', base, base, kind);
      await peer.call('discovery.register', base, JSON.stringify({ ...specOf(peer.kind, 'web'), payload }));
    }
    for (const peer of [stage.curator, stage.pinfold]) {
      expect(await peer.call('discovery.names', base)).toEqual(['web']);
      const found = await peer.call<Instance[]>('discovery.instances', base, 'web');
      expect(found.map(({ id }) => id).sort()).toEqual(['curator', 'pinfold']);
      for (const instance of found) {
        expect(instance).toMatchObject({
          name: 'web',
          address: `${instance.id}.example`,
          port: 8080,
          sslPort: 8443,
          payload,
          serviceType: 'DYNAMIC',
          enabled: true,
          uri: `https://${instance.id}.example:8443/web/${instance.id}`,
        });
        expect(Math.abs(instance.registrationTimeUTC - Date.now())).toBeLessThan(300_000);
      }
    }
    await expectSameFields(stage, `${base}/web`);
  });

  test.each(PAIRS)(
    '%s registers, changes and unregisters, and the cache and provider of %s follow',
    async (first, other) => {
      const base = `/discovery/followed/${first}`;
      const [one, two] = [stage.peer(first), stage.peer(other)];
      await Promise.all([one, two].map((peer) => peer.call('discovery.open', base, base, 'text')));
      await two.call('discovery.cache', base, 'web');
      await two.call('discovery.provide', base, 'web');
      expect(await two.call('discovery.pick', base)).toBeNull();
      const [a, b] = [specOf('a', 'web'), specOf('b', 'web')];
      await one.call('discovery.register', base, JSON.stringify({ ...a, payload: 'first' }));
      await untilCached(two, base, ['a: first']);
      await one.call('discovery.register', base, JSON.stringify({ ...b, payload: 'second' }));
      await untilCached(two, base, ['a: first', 'b: second']);
      await one.call('discovery.update', base, JSON.stringify({ ...a, payload: 'changed' }));
      await untilCached(two, base, ['a: changed', 'b: second']);
      const picked = new Set<string>();
      await until(async () => picked.add(await two.call<string>('discovery.pick', base)).size === 2 || undefined, {
        what: 'both to be picked',
        timeoutMs: UNTIL_MS,
      });
      await one.call('discovery.unregister', base, 'a', 'web');
      await untilCached(two, base, ['b: second']);
      await one.call('discovery.close', base);
      await untilCached(two, base, []);
      await two.call('discovery.close', base);
    },
  );

  test.each(PAIRS)('%s dies, and %s sees its service go; what is static stays', async (first, other) => {
    const base = `/discovery/dying/${first}`;
    const doomed = await stage.extra(first);
    const watcher = stage.peer(other);
    await Promise.all([doomed, watcher].map((peer) => peer.call('discovery.open', base, base, 'text')));
    await watcher.call('discovery.cache', base, 'web');
    const stays = { ...specOf('static', 'web'), serviceType: 'STATIC', payload: 'stays' };
    await doomed.call('discovery.register', base, JSON.stringify({ ...specOf('dynamic', 'web'), payload: 'goes' }));
    await doomed.call('discovery.register', base, JSON.stringify(stays));
    await untilCached(watcher, base, ['dynamic: goes', 'static: stays']);
    await doomed.kill();
    await untilCached(watcher, base, ['static: stays']);
    await watcher.call('discovery.close', base);
  });

  test.each(PAIRS)('%s disables an instance, and the provider of %s leaves it out', async (first, other) => {
    const base = `/discovery/disabled/${first}`;
    const [one, two] = [stage.peer(first), stage.peer(other)];
    await Promise.all([one, two].map((peer) => peer.call('discovery.open', base, base, 'text', 'enabled')));
    await one.call('discovery.register', base, JSON.stringify({ ...specOf('a', 'web'), enabled: false }));
    await one.call('discovery.register', base, JSON.stringify(specOf('b', 'web')));
    await two.call('discovery.provide', base, 'web');
    for (let pick = 0; pick < 4; pick += 1) expect(await two.call('discovery.pick', base)).toBe('b');
    const found = await two.call<Instance[]>('discovery.instances', base, 'web');
    expect(found.map(({ id, enabled }) => [id, enabled]).sort()).toEqual([
      ['a', false],
      ['b', true],
    ]);
    await Promise.all([one, two].map((peer) => peer.call('discovery.close', base)));
  });
});

function specOf(id: string, name: string): Spec {
  const uriSpec = '{scheme}://{address}:{ssl-port}/{name}/{id}';
  return { name, id, address: `${id}.example`, port: 8080, sslPort: 8443, uriSpec };
}

async function untilCached(peer: RecipePeer, name: string, wanted: readonly string[]): Promise<void> {
  let cached: readonly string[] = [];
  const same = async (): Promise<true | undefined> => {
    const instances = await peer.call<Instance[]>('discovery.cached', name);
    cached = instances.map(({ id, payload }) => `${id}: ${String(payload)}`).sort();
    return JSON.stringify(cached) === JSON.stringify(wanted) || undefined;
  };
  await until(same, { what: 'the instances', timeoutMs: UNTIL_MS }).catch(() => undefined);
  expect(cached, `the instances that ${peer.kind} sees`).toEqual(wanted);
}

/** What the two have written differs in nothing but id, address and time: the same fields in the same order. */
async function expectSameFields(stage: CuratorStage, servicePath: string): Promise<void> {
  const texts = await Promise.all(
    (await stage.children(servicePath, 2)).map(async (id) => {
      const { data, stat } = await stage.witness.must(OpCode.getData, { path: `${servicePath}/${id}`, watch: false });
      expect(stat.ephemeralOwner).not.toBe(0n);
      return String(data)
        .replaceAll(id, 'ID')
        .replace(/("registrationTimeUTC":)\d+/, '$1TIME');
    }),
  );
  expect(texts[0]).toBe(texts[1]);
}
