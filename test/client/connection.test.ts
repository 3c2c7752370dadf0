import { describe, expect, it } from 'vitest';
import { Connection } from '../../src/client/connection.js';
import type { ByteStream } from '../../src/runtime/index.js';

function rig() {
  const turnEnds: (() => void)[] = [];
  const never = (): never => {
    throw new Error('no timer is asked for');
  };
  const sent: string[] = [];
  const stream: ByteStream = {
    remoteAddress: '',
    remotePort: 0,
    localPort: 0,
    encrypted: false,
    peerCertificateSubject: null,
    bufferedBytes: 0,
    listen: () => undefined,
    write: (bytes) => sent.push(bytes.toString()) > 0,
    lend: (bytes) => sent.push(bytes.toString()) > 0,
    pause: () => undefined,
    resume: () => undefined,
    end: () => undefined,
    destroy: () => undefined,
  };
  const ignore = (): void => undefined;
  const connection = new Connection(stream, {
    timers: { after: never, afterUnref: never, atTurnEnd: (fn) => void turnEnds.push(fn) },
    frameBytesMax: 1024,
    handlers: { heard: ignore, frame: ignore, fault: ignore, caughtUp: ignore, drained: ignore, closed: ignore },
  });
  const { writer } = connection;
  const say = (text: string): void => {
    writer.bytes(Buffer.from(text));
    connection.wrote();
    turnEnds.pop()?.();
  };
  return { writer, say, sent };
}

describe('a connection', () => {
  it('writes into one room again and again', () => {
    const { writer, say, sent } = rig();
    say('one');
    expect(writer.hasRoom).toBe(true);
    say('two');
    expect(sent).toEqual(['one', 'two']);
  });

  it('does not keep the room that a call grew which was too long to be sent', () => {
    const { writer, say, sent } = rig();
    writer.bytes(Buffer.alloc(1_000_000));
    writer.truncate(0);
    say('short');
    expect([sent, writer.hasRoom]).toEqual([['short'], false]);
  });
});
