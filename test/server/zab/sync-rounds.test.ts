import { describe, expect, it } from 'vitest';
import { PacketType } from '../../../src/protocol/quorum/packet-type.js';
import { majorityOf } from '../../../src/server/zab/quorum-verifier.js';
import { LeaderRig } from './support/leader-rig.js';
import { ack } from './support/packets.js';

const first = { name: 'first' };
const second = { name: 'second' };

describe('a sync', () => {
  it('waits for a quorum to answer a PING that was sent behind it', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.leader.sync(first);
    expect(rig.take()).toEqual([]);
    rig.leader.turnEnded();
    expect(rig.take()).toEqual(['2< PING 1.0']);
    rig.pong(two);
    rig.leader.turnEnded();
    expect(rig.take()).toEqual(['synced first']);
  });

  it('is not confirmed by the answer to an earlier PING', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.leader.tick();
    rig.leader.sync(first);
    rig.leader.turnEnded();
    rig.pong(two);
    rig.leader.turnEnded();
    expect(rig.take()).toEqual(['2< PING 1.0', '2< PING 1.0']);
    rig.pong(two);
    rig.leader.turnEnded();
    expect(rig.take()).toEqual(['synced first']);
  });

  it('shares its PING with all of the same turn', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.leader.sync(first);
    rig.leader.sync(two);
    rig.leader.turnEnded();
    rig.pong(two);
    rig.leader.turnEnded();
    expect(rig.take()).toEqual(['2< PING 1.0', 'synced first', 'synced a learner']);
  });

  it('waits for what was proposed before it', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.propose('1.1');
    rig.leader.sync(first);
    rig.propose('1.2');
    rig.leader.turnEnded();
    rig.pong(two);
    rig.leader.turnEnded();
    rig.take();
    rig.logged('1.2');
    rig.say(two, ack('1.1'));
    rig.leader.turnEnded();
    expect(rig.take()).toEqual(['2< COMMIT 1.1', 'commit 1.1', 'synced first']);
  });

  it('is answered in the order in which it came', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.leader.sync(first);
    rig.leader.turnEnded();
    rig.leader.sync(second);
    rig.leader.turnEnded();
    rig.pong(two);
    rig.leader.turnEnded();
    expect(rig.take().filter((line) => line.startsWith('synced'))).toEqual(['synced first']);
    rig.pong(two);
    rig.leader.turnEnded();
    expect(rig.take()).toEqual(['synced second']);
  });

  it('is confirmed late by late answers, whatever PINGs have followed', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.leader.sync(first);
    rig.leader.turnEnded();
    rig.leader.tick();
    rig.leader.tick();
    rig.pong(two);
    rig.leader.turnEnded();
    expect(rig.take().at(-1)).toBe('synced first');
  });

  it('is confirmed by no connection that was not asked', () => {
    const rig = new LeaderRig();
    rig.establish();
    rig.leader.sync(first);
    rig.come(3);
    rig.leader.turnEnded();
    rig.introduce(3, { acceptedEpoch: 1, currentEpoch: -1 });
    rig.leader.turnEnded();
    expect(rig.take().filter((line) => line.startsWith('synced'))).toEqual([]);
  });

  it('is confirmed by who was asked later, when those asked first are gone', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.leader.sync(first);
    rig.leader.turnEnded();
    rig.leader.disconnected(two);
    const three = rig.follow(3, 1);
    rig.take();
    rig.leader.tick();
    rig.pong(three);
    rig.leader.turnEnded();
    expect(rig.take()).toEqual(['3< PING 1.0', 'synced first']);
  });

  it('is not confirmed by who answers what it was not asked', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.pong(two);
    rig.pong(two);
    rig.leader.sync(first);
    rig.leader.turnEnded();
    expect(rig.take()).toEqual(['2< PING 1.0']);
  });

  it('is confirmed by no observer and nobody from outside (ZOOKEEPER-2959)', () => {
    const rig = new LeaderRig();
    rig.establish();
    const others = [rig.follow(4, 1, { isObserver: true }), rig.follow(9, 1)];
    rig.leader.sync(first);
    rig.leader.turnEnded();
    for (const peer of others) rig.pong(peer);
    rig.leader.turnEnded();
    expect(rig.take().filter((line) => line.startsWith('synced'))).toEqual([]);
  });

  it('needs nobody where there is one server', () => {
    const rig = new LeaderRig({ verifier: majorityOf([1]) });
    rig.leader.start();
    rig.accepted(1);
    rig.entered(1);
    rig.take();
    rig.leader.sync(first);
    rig.leader.turnEnded();
    expect(rig.take()).toEqual(['synced first']);
  });

  it('is not answered by who leads no more', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    rig.leader.sync(first);
    rig.leader.turnEnded();
    rig.leader.left();
    rig.take();
    rig.pong(two);
    rig.leader.sync(second);
    rig.leader.turnEnded();
    expect(rig.take()).toEqual([]);
  });
});

describe('a learner that is not up to date', () => {
  it('is sent no PINGs: whether it answers them depends on who made it', () => {
    const rig = new LeaderRig();
    rig.establish();
    const three = rig.introduce(3);
    rig.take();
    rig.leader.tick();
    expect(rig.take()).toEqual(['2< PING 1.0']);
    expect(rig.pong(three)).toBe(false);
    rig.say(three, ack('1.0'));
    rig.leader.tick();
    expect(rig.take()).toEqual(['3< UPTODATE', '2< PING 1.0', '3< PING 1.0']);
  });

  it('may ask for nothing yet', () => {
    const rig = new LeaderRig();
    const two = rig.establish();
    const three = rig.introduce(3);
    const request = { type: PacketType.REQUEST, zxid: ack('0.0').zxid, data: Buffer.alloc(16) };
    expect(rig.say(three, request)).toBe(false);
    rig.say(three, ack('1.0'));
    expect([two, three].map((peer) => rig.say(peer, request))).toEqual([true, true]);
  });
});
