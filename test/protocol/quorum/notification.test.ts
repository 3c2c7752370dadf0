import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JuteWriter } from '../../../src/protocol/index.js';
import type { Notification } from '../../../src/protocol/quorum/index.js';
import {
  decodeNotification,
  encodeNotificationFrame,
  NO_VOTE,
  NOTIFICATION_VERSION,
  PeerState,
} from '../../../src/protocol/quorum/index.js';

const NOTIFICATION: Notification = {
  state: PeerState.LEADING,
  leader: 3,
  zxid: 0x200000007,
  round: 4,
  peerEpoch: 2,
  formatVersion: NOTIFICATION_VERSION,
  config: 'server.1=höst:1:2:participant\nversion=0',
};

function payload(notification: Notification): Buffer {
  return encodeNotificationFrame(notification).subarray(4);
}

function decode(bytes: Buffer): Notification | null {
  return decodeNotification(bytes, 0, bytes.length);
}

describe('notifications', () => {
  it('reads names in a configuration as UTF-8 (ZOOKEEPER-4787)', () => {
    expect(decode(payload(NOTIFICATION))).toEqual(NOTIFICATION);
  });

  it('holds the votes of who has none', () => {
    const none = { ...NOTIFICATION, leader: NO_VOTE, zxid: NO_VOTE, peerEpoch: NO_VOTE };
    expect(decode(payload(none))).toEqual(none);
  });

  it('takes the epoch of the zxid from those who send none', () => {
    const old = { ...NOTIFICATION, formatVersion: null, config: null };
    expect(payload(old)).toHaveLength(28);
    expect(decode(payload(old))).toEqual(old);
  });

  it('takes those of 3.4, and one that promises nothing behind them', () => {
    const old = { ...NOTIFICATION, formatVersion: 1, config: null };
    expect(payload(old)).toHaveLength(40);
    expect(decode(payload(old))).toEqual(old);
    expect(decode(payload(NOTIFICATION).subarray(0, 40))).toEqual({ ...NOTIFICATION, config: null });
    expect(decode(Buffer.concat([payload(old), Buffer.alloc(3)]))).toEqual(old);
  });

  it('skips what it cannot read and never fails (ZOOKEEPER-3769)', () => {
    const whole = payload(NOTIFICATION);
    for (let length = 0; length < whole.length; length++) {
      if (length !== 28 && length !== 40) expect(decode(whole.subarray(0, length)), `${length} bytes`).toBeNull();
    }
    for (const state of [-1, 4, 1 << 30]) {
      expect(decode(new JuteWriter().int32(state).bytes(whole.subarray(4)).take())).toBeNull();
    }
    for (const configBytes of [-1, 1 << 30]) {
      expect(decode(new JuteWriter().bytes(whole.subarray(0, 40)).int32(configBytes).take())).toBeNull();
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void decode(Buffer.from(bytes))));
  });
});
