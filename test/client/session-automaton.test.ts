import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SessionAutomaton } from '../../src/client/session-automaton.js';
import type { AutomatonConfig, Effect } from '../../src/client/session-effects.js';
import type { ConnectResponse } from '../../src/protocol/connect.js';
import type { Zxid } from '../../src/protocol/zxid.js';
import { SeededRandom } from '../../src/testing/sim/seeded-random.js';

const TIMEOUT_MS = 3000;

function automaton(config: Partial<AutomatonConfig> = {}): SessionAutomaton {
  return new SessionAutomaton({
    sessionTimeoutMs: TIMEOUT_MS,
    connectTimeoutMs: 1000,
    serverCount: 1,
    readOnly: false,
    backoff: { baseMs: 50, maxMs: 2000 },
    whenServersBehind: 'wait',
    random: new SeededRandom(1),
    ...config,
  });
}

function response(fields: Partial<ConnectResponse> = {}): ConnectResponse {
  const passwd = Buffer.alloc(16, 1);
  return { protocolVersion: 0, timeOut: TIMEOUT_MS, sessionId: 7n, passwd, readOnly: false, ...fields };
}

const types = (effects: readonly Effect[]): string[] => effects.map(({ type }) => type);

/** One that is attached at time 0. */
function attached(config: Partial<AutomatonConfig> = {}): SessionAutomaton {
  const session = automaton(config);
  session.start(0);
  session.dialled(0);
  session.connectAnswered(response(), 0);
  return session;
}

/** Lets it go through the attempt that is due. */
function redial(session: SessionAutomaton): number {
  const dueMs = session.wakeAtMs;
  expect(types(session.tick(dueMs, 0))).toEqual(['dial']);
  session.dialled(dueMs);
  return dueMs;
}

describe('the session automaton', () => {
  it('dials, shakes hands, attaches', () => {
    const session = automaton();
    expect(session.start(0)).toEqual([{ type: 'dial', timeoutMs: 1000 }]);
    expect(session.dialled(10)).toMatchObject([
      { type: 'sendConnect', request: { sessionId: 0n, timeOut: TIMEOUT_MS, lastZxidSeen: 0n, readOnly: false } },
    ]);
    expect(session.connectAnswered(response({ timeOut: 900 }), 20)).toEqual([
      { type: 'attached', sameSession: false, readOnly: false },
      { type: 'stateChanged', from: 'connecting', to: 'connected' },
    ]);
    expect(session.timeoutMs).toBe(900);
    expect(session.leaseDeadlineMs).toBe(10 + 900);
  });

  it('pings a third of the timeout after the last sending, but every ten seconds at least', () => {
    const session = attached();
    session.sent(500);
    expect(session.wakeAtMs).toBe(1500);
    expect(types(session.tick(1499, 0))).toEqual([]);
    expect(types(session.tick(1500, 0))).toEqual(['sendPing']);
    const patient = automaton({ sessionTimeoutMs: 120_000 });
    patient.start(0);
    patient.dialled(0);
    patient.connectAnswered(response({ timeOut: 120_000 }), 0);
    expect(patient.wakeAtMs).toBe(10_000);
  });

  it('hangs up after two thirds of the timeout in silence', () => {
    const session = attached();
    session.sent(1999);
    expect(types(session.tick(1999, 0))).toEqual([]);
    expect(session.tick(2000, 0)).toEqual([
      { type: 'hangUp', why: 'the server is silent' },
      { type: 'detached' },
      { type: 'stateChanged', from: 'connected', to: 'suspended' },
    ]);
  });

  it('gives a connection a moment after a standstill, once', () => {
    const session = attached();
    session.sent(2500);
    expect(types(session.tick(2500, 1500))).toEqual([]);
    expect(session.attached).toBe(true);
    expect(session.wakeAtMs).toBe(3000);
    expect(types(session.tick(3000, 0))).toContain('hangUp');
    const revived = attached();
    revived.sent(2500);
    revived.tick(2500, 1500);
    revived.heard(2501);
    revived.sent(2501);
    expect(types(revived.tick(3000, 0))).toEqual([]);
    expect(types(revived.tick(6000, 1000))).toEqual(['sendPing']);
  });

  it('takes the session as lost after four thirds, even after a standstill', () => {
    const session = attached();
    expect(session.tick(4000, 4000)).toEqual([
      { type: 'hangUp', why: 'the server is silent' },
      { type: 'sessionEnded', id: 7n, reason: 'silence' },
      { type: 'stateChanged', from: 'connected', to: 'lost' },
      { type: 'detached' },
    ]);
    expect(session.leaseDeadlineMs).toBe(-Infinity);
  });

  it('closes a session that was given up when the server still has it, then asks for a new one', () => {
    const session = attached();
    session.tick(4000, 0);
    const nowMs = redial(session);
    expect(types(session.connectAnswered(response(), nowMs))).toEqual(['sendClose']);
    expect(session.attached).toBe(false);
    expect(types(session.closeAnswered(nowMs + 1))).toEqual(['hangUp', 'detached']);
    redial(session);
    expect(session.sessionId).toBe(0n);
    expect(types(session.connectAnswered(response({ sessionId: 8n }), nowMs + 100))).toEqual([
      'attached',
      'stateChanged',
    ]);
    expect(session.state).toBe('connected');
  });

  it('is told of expiry by a timeout of 0, a session id of 0 or another id', () => {
    for (const refusal of [{ timeOut: 0 }, { timeOut: -1 }, { sessionId: 0n }, { sessionId: 99n }]) {
      const session = attached();
      session.disconnected(100);
      const nowMs = redial(session);
      expect(types(session.connectAnswered(response(refusal), nowMs))).toEqual([
        'hangUp',
        'sessionEnded',
        'stateChanged',
      ]);
      expect(session.state).toBe('lost');
      redial(session);
      expect(session.sessionId).toBe(0n);
    }
  });

  it('takes no zxid but a higher one', () => {
    const session = attached();
    session.answered(1, 5 as Zxid, true);
    session.answered(2, 0 as Zxid, true);
    session.answered(3, -1 as Zxid, true);
    session.answered(4, 4 as Zxid, true);
    expect(session.lastZxidSeen).toBe(5);
  });

  it('never moves the lease back', () => {
    const session = attached();
    session.answered(500, 0 as Zxid, true);
    session.answered(400, 0 as Zxid, true);
    expect(session.leaseDeadlineMs).toBe(500 + TIMEOUT_MS);
  });

  it('gives no lease on the word of a server without a quorum, which does not speak for the session', () => {
    const session = attached({ readOnly: true });
    session.disconnected(100);
    const redialledMs = redial(session);
    session.connectAnswered(response({ readOnly: true }), redialledMs);
    expect(session.leaseDeadlineMs).toBe(-Infinity);
    session.answered(redialledMs + 100, 0 as Zxid, true);
    expect(session.leaseDeadlineMs).toBe(-Infinity);
    session.disconnected(redialledMs + 200);
    expect(session.leaseDeadlineMs).toBe(-Infinity);
    const againMs = redial(session);
    session.connectAnswered(response(), againMs);
    session.answered(againMs + 1, 0 as Zxid, true);
    expect(session.leaseDeadlineMs).toBe(againMs + 1 + TIMEOUT_MS);
  });

  it('gives no lease on what one server says alone, which others may know nothing of', () => {
    const session = attached();
    const { leaseDeadlineMs } = session;
    session.answered(500, 7 as Zxid, false);
    expect(session.leaseDeadlineMs).toBe(leaseDeadlineMs);
    session.disconnected(600);
    const redialledMs = redial(session);
    session.connectAnswered(response({ sessionId: session.sessionId }), redialledMs);
    expect(session.leaseDeadlineMs).toBe(leaseDeadlineMs);
  });

  it('has the lease renewed as long as somebody relies on it', () => {
    const session = attached();
    const sentMs = session.leaseDeadlineMs - TIMEOUT_MS;
    session.sent(sentMs + TIMEOUT_MS / 3);
    expect(types(session.tick(sentMs + TIMEOUT_MS / 3, 0))).toEqual([]);
    expect(types(session.keepLease(sentMs + TIMEOUT_MS / 3))).toEqual(['renewLease']);
    expect(types(session.tick(sentMs + TIMEOUT_MS / 3 + 1, 0))).toEqual([]);
    session.answered(sentMs + TIMEOUT_MS / 3, 0 as Zxid, true);
    expect(session.wakeAtMs).toBeLessThanOrEqual(sentMs + (TIMEOUT_MS * 2) / 3);
    session.leaveLease();
    expect(types(session.tick(sentMs + (TIMEOUT_MS * 2) / 3, 0))).not.toContain('renewLease');
  });

  it('has the lease renewed on a new connection, whose server knows of the session by hearsay', () => {
    const session = attached();
    session.keepLease(1);
    session.disconnected(TIMEOUT_MS / 2);
    const redialledMs = redial(session);
    const effects = session.connectAnswered(response({ sessionId: session.sessionId }), redialledMs);
    expect(types(effects)).toEqual(['attached', 'stateChanged', 'renewLease']);
  });

  it('forgets its failures only after a connection that lasted', () => {
    const failing = attached({
      backoff: { baseMs: 100, maxMs: 2000 },
      random: { ...new SeededRandom(1), float: () => 1 } as never,
    });
    const waits: number[] = [];
    let nowMs = 0;
    for (let i = 0; i < 5; i++) {
      failing.disconnected(nowMs);
      waits.push(failing.wakeAtMs - nowMs);
      nowMs = redial(failing);
      failing.connectAnswered(response(), nowMs);
    }
    expect(waits).toEqual([100, 200, 400, 800, 1600]);
    failing.heard(nowMs + 2000);
    failing.disconnected(nowMs + 2000);
    expect(failing.wakeAtMs).toBe(nowMs + 2100);
  });

  it('ignores what comes too late', () => {
    const session = attached();
    session.close(0, 1000);
    session.closeAnswered(1);
    expect(session.state).toBe('closed');
    expect(session.wakeAtMs).toBe(Infinity);
    for (const late of [
      session.disconnected(2),
      session.dialled(2),
      session.connectAnswered(response(), 2),
      session.closeAnswered(2),
      session.writableFound(2),
      session.tick(1e9, 0),
    ]) {
      expect(late).toEqual([]);
    }
  });

  it('keeps its promises whatever happens in whatever order', () => {
    const step = fc.record({
      what: fc.constantFrom(
        'tick',
        'late',
        'dialled',
        'accept',
        'refuse',
        'lost',
        'heard',
        'answered',
        'closed',
        'close',
        'auth',
        'found',
      ),
      afterMs: fc.integer({ min: 0, max: 1500 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer(), (steps, seed) => {
        const session = automaton({ random: new SeededRandom(seed) });
        const check = new Checker();
        let nowMs = 0;
        check.took(session.start(nowMs));
        for (const { what, afterMs } of steps) {
          nowMs += afterMs;
          if (what === 'tick') check.took(session.tick(nowMs, 0));
          else if (what === 'late') check.took(session.tick(nowMs, afterMs));
          else if (what === 'dialled') check.took(session.dialled(nowMs));
          else if (what === 'accept') {
            const sessionId = session.sessionId === 0n ? BigInt(steps.length) : session.sessionId;
            check.took(session.connectAnswered(response({ sessionId, readOnly: seed % 3 === 0 }), nowMs));
          } else if (what === 'refuse') check.took(session.connectAnswered(response({ timeOut: 0 }), nowMs));
          else if (what === 'lost') check.took(session.disconnected(nowMs));
          else if (what === 'heard') session.heard(nowMs);
          else if (what === 'answered') session.answered(nowMs, nowMs as Zxid, true);
          else if (what === 'auth') check.took(session.authFailed());
          else if (what === 'found') check.took(session.writableFound(nowMs));
          else if (what === 'closed') check.took(session.closeAnswered(nowMs));
          else check.took(session.close(nowMs, 1000));
          check.holds(session);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** What must hold between any two steps. */
class Checker {
  #isAttached = false;
  #liveSessions = 0;
  #hasEnded = false;
  #wasClosed = false;

  took(effects: readonly Effect[]): void {
    for (const effect of effects) {
      expect(this.#hasEnded && effect.type !== 'ended').toBe(false);
      if (effect.type === 'attached') {
        expect(this.#isAttached).toBe(false);
        this.#isAttached = true;
        if (!effect.sameSession) this.#liveSessions++;
        // Two sessions at once would be two owners of one client's nodes.
        expect(this.#liveSessions).toBe(1);
      } else if (effect.type === 'detached') this.#isAttached = false;
      else if (effect.type === 'sendClose') this.#isAttached = false;
      else if (effect.type === 'sessionEnded') {
        this.#liveSessions--;
        expect(this.#liveSessions).toBe(0);
      } else if (effect.type === 'ended') this.#hasEnded = true;
      else if (effect.type === 'stateChanged') {
        expect(effect.from).not.toBe(effect.to);
        expect(this.#wasClosed).toBe(false);
        this.#wasClosed = effect.to === 'closed';
        if (effect.to === 'auth-failed') this.#isAttached = false;
      }
    }
  }

  holds(session: SessionAutomaton): void {
    expect(session.attached).toBe(this.#isAttached);
    expect(session.attached).toBe(session.state === 'connected' || session.state === 'read-only');
    // It either wants to be woken, or is over: never does it hang.
    expect(session.wakeAtMs === Infinity).toBe(this.#hasEnded || session.state === 'auth-failed');
    if (session.state === 'connected') expect(session.leaseDeadlineMs).toBeGreaterThan(-Infinity);
    if (session.state === 'lost' || session.state === 'closed') expect(session.leaseDeadlineMs).toBe(-Infinity);
  }
}
