import { describe, expect, it } from 'vitest';
import { writeAll } from '../../src/cli/standard-output.js';

/** A pipe that takes a few bytes at a time and is full every other time. */
class NarrowPipe {
  received = '';
  private isFull = true;

  readonly write = (bytes: Uint8Array): number => {
    this.isFull = !this.isFull;
    if (this.isFull) throw Object.assign(new Error('resource temporarily unavailable'), { code: 'EAGAIN' });
    const taken = bytes.subarray(0, 7);
    this.received += Buffer.from(taken).toString('latin1');
    return taken.length;
  };
}

describe('writeAll', () => {
  it('waits for a reader that is behind', () => {
    const pipe = new NarrowPipe();
    writeAll('a sentence of more than a few bytes\n', pipe.write);
    expect(pipe.received).toBe('a sentence of more than a few bytes\n');
  });

  it('gives up when the reader is gone', () => {
    let tries = 0;
    writeAll('x', () => {
      tries++;
      throw Object.assign(new Error('broken pipe'), { code: 'EPIPE' });
    });
    expect(tries).toBe(1);
  });
});
