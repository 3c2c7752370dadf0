import { describe, expect, it, vi } from 'vitest';
import { errorFromReply } from '../../src/client/error-from-reply.js';
import * as errors from '../../src/client/errors.js';
import { ErrorCode } from '../../src/protocol/error-codes.js';

describe('errors', () => {
  it('tell code, number, operation and path', () => {
    const error = errorFromReply(ErrorCode.NONODE, { op: 'getData', path: '/a' });
    expect(error).toBeInstanceOf(errors.NoNodeError);
    expect(error).toBeInstanceOf(errors.KeeperError);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(errors.NodeExistsError);
    expect(error).toMatchObject({ name: 'NoNodeError', code: 'NO_NODE', rc: -101, op: 'getData', path: '/a' });
    expect(error.message).toBe('getData /a: no such node');
  });

  it('tell that a create misses the parent, not the node', () => {
    const error = errorFromReply(ErrorCode.NONODE, { op: 'create2', path: '/a/b' });
    expect(error).toMatchObject({ code: 'NO_NODE', path: '/a/b', message: 'create2 /a/b: its parent does not exist' });
  });

  it('have a stable code of their own for every code of the wire', () => {
    const local: number[] = [ErrorCode.OK, ErrorCode.APIERROR];
    const made = Object.values(ErrorCode)
      .filter((rc) => !local.includes(rc))
      .map((rc) => errorFromReply(rc, {}));
    for (const error of made) expect(error.rc).toBeLessThan(0);
    const sentByServers = [-1, -2, -5, -6, -8, -13, -14, -101, -102, -103, -108, -110, -111, -112, -114, -115];
    sentByServers.push(-118, -119, -120, -121, -123, -124, -125, -127);
    for (const rc of sentByServers) {
      const error = errorFromReply(rc, {});
      expect(error.code).not.toBe('UNKNOWN');
      expect(error.rc).toBe(rc);
    }
    const codes = sentByServers.map((rc) => errorFromReply(rc, {}).code);
    expect(new Set(codes).size).toBe(sentByServers.length);
  });

  it('of a number nobody knows are errors like others', () => {
    expect(errorFromReply(-4711, {})).toMatchObject({ code: 'UNKNOWN', rc: -4711, retryable: false });
  });

  it('say what may be tried again', () => {
    const retryable = [-4, -7, -14, -112, -118, -127];
    for (const rc of Object.values(ErrorCode)) {
      expect([rc, errorFromReply(rc, {}).retryable]).toEqual([rc, retryable.includes(rc)]);
    }
  });

  it('tell what was attempted and what is there, when the outcome of a write cannot be known', () => {
    const cause = new errors.ConnectionLossError({ ambiguous: true });
    const error = new errors.OutcomeUnknownError({ path: '/n', op: 'add', attempted: 2n, observed: 3n, cause });
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', attempted: 2n, observed: 3n, cause });
    expect(error).toMatchObject({ ambiguous: true, retryable: false, path: '/n' });
  });

  it('are recognised when another copy of the package made them', async () => {
    vi.resetModules();
    const copy = await import('../../src/client/errors.js');
    expect(copy.NoNodeError).not.toBe(errors.NoNodeError);
    const foreign = new copy.NoNodeError({ path: '/a' });
    expect(foreign).toBeInstanceOf(errors.NoNodeError);
    expect(foreign).toBeInstanceOf(errors.KeeperError);
    expect(foreign).not.toBeInstanceOf(errors.NotEmptyError);
    expect(new copy.OperationTimeoutError()).toBeInstanceOf(errors.TimeoutError);
    expect(new errors.TimeoutError()).not.toBeInstanceOf(copy.OperationTimeoutError);
  });

  it('can be extended without being mistaken for one another', () => {
    class MineError extends errors.KeeperError {
      constructor() {
        super({ code: 'MINE', rc: 1, text: 'mine' });
      }
    }
    expect(new MineError()).toBeInstanceOf(MineError);
    expect(new MineError()).toBeInstanceOf(errors.KeeperError);
    expect(new errors.NoNodeError()).not.toBeInstanceOf(MineError);
    expect(null).not.toBeInstanceOf(errors.KeeperError);
  });
});
