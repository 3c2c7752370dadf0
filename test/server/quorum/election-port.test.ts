import { describe, expect, it } from 'vitest';
import { JuteWriter } from '../../../src/protocol/index.js';
import type { Notification } from '../../../src/protocol/quorum/index.js';
import {
  ANONYMOUS_SID,
  decodeNotification,
  encodeInitialMessage,
  encodeNotificationFrame,
  InitialProtocol,
  PeerState,
} from '../../../src/protocol/quorum/index.js';
import { QuorumConfig } from '../../../src/server/zab/quorum-config.js';
import type { SimHost } from '../../../src/testing/sim/world.js';
import { readQuorumRows } from '../../vectors/support/quorum-rows.js';
import { ballotOf, ZXID } from '../zab/support/election-rig.js';
import { ElectionWorld, HandMadePeer } from './support/election-world.js';
import { addressOf, ELECTION_PORT_BASE, membersOf } from './support/members.js';

const THREE = membersOf([1, 2, 3]);

function introductionOf(sid: number, ...addresses: string[]): Buffer {
  const own = addresses.length > 0 ? addresses : [`${addressOf(sid)}:${ELECTION_PORT_BASE + sid}`];
  return encodeInitialMessage({ protocol: InitialProtocol.V1, sid, addresses: own });
}

function voteOf(sid: number, ballot: Partial<Notification> = {}): Buffer {
  return encodeNotificationFrame(ballotOf(sid, ballot));
}

/** What a peer was told, behind as many bytes of an introduction. */
function toldTo(peer: HandMadePeer, skipBytes = 0): Notification[] {
  const told: Notification[] = [];
  for (let at = skipBytes; at < peer.received.length;) {
    const end = at + 4 + peer.received.readInt32BE(at);
    told.push(decodeNotification(peer.received, at + 4, end)!);
    at = end;
  }
  return told;
}

function worldOf(config = THREE): ElectionWorld {
  return new ElectionWorld({ config });
}

/** What one recorded server said first to another on a connection that it had opened. */
function recordedBytes(scenario: string, from: number, to: number): string[] {
  const rows = readQuorumRows(scenario).filter((row) => row.port === 'election' && row.from === from && row.to === to);
  const opened = rows.find((row) => row.decoded.kind === 'InitialMessage')!;
  return [opened.hex, ...rows.filter((row) => row.conn === opened.conn && row !== opened).map(({ hex }) => hex)];
}

describe('what goes over an election connection', () => {
  it.each([
    ['cold-start', false],
    ['multi-address', true],
  ])('is byte for byte what a recorded server says: %s', async (scenario, multiAddressEnabled) => {
    const configText = readQuorumRows(scenario).find((row) => row.decoded.kind === 'Notification')!.decoded['config'];
    const config = QuorumConfig.parse(configText as string);
    const world = worldOf(config);
    const machine = world.world.host('127.0.0.1', '127.0.0.1');
    const called = await HandMadePeer.listen(machine, 1);
    const [introduction, vote] = recordedBytes(scenario, 3, 1);
    const module = { multiAddressEnabled, listen: [{ port: ELECTION_PORT_BASE + 3 }] };
    world.start(3, { runtime: machine.runtime, zxid: 0, peerEpoch: 0, module });
    await world.until(() => (called[0]?.received.length ?? 0) >= (introduction! + vote!).length / 2);
    expect(called[0]!.received.toString('hex')).toBe(introduction! + vote!);
  });

  it('is read in whatever pieces it comes', async () => {
    const world = worldOf();
    const server = world.start(1, {
      module: { intervalMs: { min: 60_000, max: 60_000 }, introductionTimeoutMs: 60_000 },
    });
    const peer = await world.call(1, world.host(3));
    for (const byte of Buffer.concat([introductionOf(3), voteOf(3), voteOf(3, { zxid: ZXID + 1 })])) {
      peer.say(Buffer.of(byte));
      await world.pass(3);
    }
    await world.until(() => server.module.currentVote.leader === 3);
    await world.until(() => toldTo(peer).length === 3);
    expect(toldTo(peer).map(({ leader }) => leader)).toEqual([1, 3, 3]);
  });

  it('may come from 3.4: a sid alone, and a vote without a configuration', async () => {
    const world = worldOf();
    const server = world.start(1);
    const peer = await world.call(1, world.host(3));
    peer.say(encodeInitialMessage({ protocol: null, sid: 3, addresses: [] }));
    peer.say(voteOf(3, { formatVersion: 1, config: null }));
    await world.until(() => server.module.currentVote.leader === 3);
  });

  it.each([
    ['an empty message', new JuteWriter().int32(0)],
    ['one of a negative length', new JuteWriter().int32(-1)],
    ['one that is too long', new JuteWriter().int32(524_289)],
  ])('ends the connection when it is %s', async (_what, writer) => {
    const world = worldOf();
    world.start(1);
    const peer = await world.call(1, world.host(3));
    peer.say(introductionOf(3));
    peer.say(writer.take());
    await world.until(() => peer.isClosed);
  });

  it('may be a message that nobody understands: it is skipped (ZOOKEEPER-3769)', async () => {
    const world = worldOf();
    const server = world.start(1);
    const peer = await world.call(1, world.host(3));
    peer.say(introductionOf(3));
    peer.say(new JuteWriter().int32(3).bytes(Buffer.from('huh')).take());
    peer.say(voteOf(3, { config: 'server.1=nonsense\nversion=ffff' }));
    await world.until(() => server.module.currentVote.leader === 3);
    expect([peer.isClosed, server.newer]).toEqual([false, []]);
  });
});

describe('who calls whom', () => {
  it('a lower id introduces itself, ends the connection, and calls again after a while', async () => {
    const world = worldOf();
    const called = await HandMadePeer.listen(world.host(3), 3);
    world.start(1, { module: { intervalMs: { min: 5000, max: 5000 } } });
    await world.until(() => called[0]?.isClosed === true);
    expect(called[0]!.received.equals(introductionOf(1))).toBe(true);
    await world.pass(400);
    expect(called).toHaveLength(1);
    await world.until(() => called.length === 2);
  });

  it('who is called by a lower id calls back, where it was told to', async () => {
    const world = worldOf();
    const host = world.host(1);
    const called: HandMadePeer[] = [];
    await host.runtime.network.listen({ port: 7 }, (stream) => called.push(new HandMadePeer(stream)));
    world.start(3);
    const peer = await world.call(3, host);
    peer.say(introductionOf(1, '0.0.0.0:22201', `${addressOf(1)}:7`));
    await world.until(() => peer.isClosed);
    await world.until(() => called.length === 1);
    const introduction = introductionOf(3);
    await world.until(() => called[0]!.received.length > introduction.length);
    expect(toldTo(called[0]!, introduction.length)).toMatchObject([{ state: PeerState.LOOKING, leader: 3 }]);
  });

  it('calls back at the configured address when it was told none that is of use', async () => {
    const world = worldOf();
    const host = world.host(1);
    const called = await HandMadePeer.listen(host, 1);
    world.start(3);
    await world.until(() => called.length === 1);
    called[0]!.stream.destroy();
    await world.pass(2000);
    const before = called.length;
    const peer = await world.call(3, host);
    peer.say(introductionOf(1, '0.0.0.0:7'));
    await world.until(() => called.length > before);
  });

  it('a call of a lower id replaces a connection, but not one that has just been made', async () => {
    const world = worldOf();
    const host = world.host(1);
    const called = await HandMadePeer.listen(host, 1);
    world.start(3);
    await world.until(() => (called[0]?.received.length ?? 0) > 0);
    const early = await world.call(3, host);
    early.say(introductionOf(1));
    await world.until(() => early.isClosed);
    expect([called.length, called[0]!.isClosed]).toEqual([1, false]);
    await world.pass(200);
    const late = await world.call(3, host);
    late.say(introductionOf(1));
    await world.until(() => called.length === 2);
    await world.until(() => called[0]!.isClosed);
    expect(called[1]!.isClosed).toBe(false);
  });

  it('nobody is called again and again who always hangs up', async () => {
    const world = worldOf();
    const called = await HandMadePeer.listen(world.host(1), 1);
    world.start(3, { module: { intervalMs: { min: 60_000, max: 60_000 } } });
    for (let count = 1; count < 8; count++) {
      await world.until(() => (called[count - 1]?.received.length ?? 0) > 0);
      called[count - 1]!.stream.destroy();
    }
    expect(world.nowMs).toBeGreaterThan(20 + 40 + 80 + 160 + 320);
  });

  it('a second call of a higher id replaces the first', async () => {
    const world = worldOf();
    const host = world.host(3);
    const server = world.start(1);
    const first = await world.call(1, host);
    first.say(introductionOf(3));
    await world.until(() => toldTo(first).length === 1);
    const second = await world.call(1, host);
    second.say(introductionOf(3));
    await world.until(() => first.isClosed);
    await world.until(() => toldTo(second).length === 1);
    expect(server.gone).toEqual([]);
  });

  it('nobody may stay who has the own id, or who does not say who it is', async () => {
    const world = worldOf();
    world.start(2);
    const host = world.host(3);
    const twin = await world.call(2, host);
    twin.say(introductionOf(2));
    await world.until(() => twin.isClosed);
    const silent = await world.call(2, host);
    const sinceMs = world.nowMs;
    await world.until(() => silent.isClosed);
    expect(world.nowMs - sinceMs).toBeGreaterThan(990);
    const odd = await world.call(2, host);
    odd.say(new JuteWriter().long(-7).take());
    await world.until(() => odd.isClosed);
  });

  it('observers of 3.4 without an id are answered on their own connections', async () => {
    const world = worldOf();
    world.start(1);
    const host = world.host(9);
    const peers = [await world.call(1, host), await world.call(1, host)];
    for (const peer of peers) {
      peer.say(new JuteWriter().int64(BigInt(ANONYMOUS_SID) - 1n).take());
      peer.say(voteOf(-1, { formatVersion: 1, config: null }));
    }
    for (const peer of peers) await world.until(() => toldTo(peer).length === 1);
    expect(peers.map(({ isClosed }) => isClosed)).toEqual([false, false]);
  });
});

describe('what is to be said', () => {
  async function introduced(world: ElectionWorld, host: SimHost): Promise<HandMadePeer> {
    const peer = await world.call(1, host);
    peer.say(introductionOf(3));
    await world.until(() => toldTo(peer).length > 0);
    return peer;
  }

  it('is the last thing, once there is a connection', async () => {
    const world = worldOf();
    const server = world.start(1);
    const two = await world.call(1, world.host(2));
    two.say(Buffer.concat([introductionOf(2), voteOf(2, { round: 5 })]));
    await world.until(() => server.module.round === 5);
    const three = await introduced(world, world.host(3));
    expect(toldTo(three)).toMatchObject([{ leader: 2, round: 5 }]);
    expect(toldTo(two).at(-1)).toMatchObject({ leader: 2, round: 5 });
  });

  it('is said again on a new connection: the one before may have swallowed it', async () => {
    const world = worldOf();
    world.start(1);
    const host = world.host(3);
    const first = await introduced(world, host);
    first.stream.destroy();
    const second = await introduced(world, host);
    expect(toldTo(second)).toEqual(toldTo(first).slice(-1));
  });

  it('is not kept for who cannot take it: only the last is said when it can', async () => {
    const world = new ElectionWorld({ config: THREE, weather: { windowBytes: 100, congestedBytes: 100 } });
    const server = world.start(1);
    const slow = await world.call(1, world.host(3));
    slow.say(introductionOf(3));
    await world.pass(50);
    slow.stream.pause();
    const two = await world.call(1, world.host(2));
    two.say(introductionOf(2));
    for (let round = 2; round < 40; round++) {
      two.say(voteOf(2, { round, zxid: ZXID + round }));
      await world.until(() => server.module.round === round);
    }
    slow.stream.resume();
    await world.until(() => toldTo(slow).at(-1)?.round === 39);
    expect(toldTo(slow).length).toBeLessThan(6);
  });
});

describe('the election port', () => {
  it('is tried again while something else has it, and given up in the end', async () => {
    const world = worldOf();
    const host = world.host(1);
    const taken = await host.runtime.network.listen({ port: ELECTION_PORT_BASE + 1 }, () => undefined);
    const failures: unknown[] = [];
    const first = world.prepare(1, { runtime: host.runtime });
    void first.module.open().catch((error: unknown) => failures.push(error));
    await world.until(() => failures.length === 1);
    expect(failures).toMatchObject([{ code: 'EADDRINUSE' }]);
    expect(world.nowMs).toBeGreaterThan(1990);
    const second = world.prepare(1, { runtime: host.runtime, module: { bindAttemptsMax: 0 } });
    let isOpen = false;
    void second.module.open().then(() => (isOpen = true));
    await world.pass(30_000);
    expect(isOpen).toBe(false);
    await taken.close();
    await world.until(() => isOpen);
    expect(second.module.ports).toEqual([ELECTION_PORT_BASE + 1]);
  });

  it('is not bound any more when it was closed meanwhile', async () => {
    const world = worldOf();
    const host = world.host(1);
    await host.runtime.network.listen({ port: ELECTION_PORT_BASE + 1 }, () => undefined);
    const server = world.prepare(1, { runtime: host.runtime, module: { bindAttemptsMax: 0 } });
    let isOver = false;
    void server.module.open().then(() => (isOver = true));
    await world.pass(5000);
    await server.module.close();
    await world.until(() => isOver);
    expect(server.module.ports).toEqual([]);
  });
});
