import { afterEach, expect, test } from 'vitest';
import { Client } from '../../../src/client/index.js';
import { Ensemble } from '../../ensemble/support/ensemble.js';
import type { Member } from '../../ensemble/support/member.js';
import { describeWithPeers } from '../support/peers.js';

const SESSIONS = 10;
const BURSTS = 60;
const CALLS_IN_A_BURST = 6;

let ensemble: Ensemble | null = null;
const clients: Client[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await ensemble?.discard();
  ensemble = null;
});

describeWithPeers("Apache's servers, which forward syncs and writes in one line", [], () => {
  test('get the answers of a pinfold leader in the order of that line', async () => {
    const mixed = await Ensemble.start({ voters: ['apache', 'apache', 'pinfold'] });
    ensemble = mixed;
    expect((await mixed.leader()).kind).toBe('pinfold');
    const follower = mixed.members[0] as Member;
    for (let left = SESSIONS; left > 0; left--) clients.push(await Client.connect(follower.connectString));
    // What came out of its turn would cost the client its connection, and Apache's server its way forward.
    const cut: string[] = [];
    for (const client of clients) client.on('suspended', () => cut.push('a connection was given up'));
    const [writer, ...readers] = clients as [Client, ...Client[]];
    await writer.create('/busy', null);
    for (let burst = 0; burst < BURSTS; burst++) {
      const calls: Promise<unknown>[] = [];
      for (let call = 0; call < CALLS_IN_A_BURST; call++) {
        calls.push(writer.setData('/busy', null));
        for (const reader of readers) calls.push(call % 2 === 0 ? reader.sync('/busy') : reader.getData('/busy'));
      }
      await Promise.all(calls);
    }
    expect(cut).toEqual([]);
    expect((await readers[0]?.getData('/busy'))?.stat.version).toBe(BURSTS * CALLS_IN_A_BURST);
  });
});
