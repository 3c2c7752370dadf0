import type { SessionEvent } from './history.js';
import type { Actor, Scene } from './workload/scene.js';

/** Writes down what a client says of its session. */
export function recordSessions({ client, number }: Actor, { recorder, tally }: Scene): void {
  const told = (state: SessionEvent['state'], more: Partial<SessionEvent> = {}): void => {
    const session = more.session ?? client.sessionId;
    const common = { kind: 'session', client: number, session, state } as const;
    recorder.record({ ...common, timeoutMs: more.timeoutMs ?? null, reason: more.reason ?? null });
  };
  client.on('connected', ({ sessionId, timeoutMs }) => told('connected', { session: sessionId, timeoutMs }));
  client.on('reconnected', ({ sessionId, timeoutMs }) => told('connected', { session: sessionId, timeoutMs }));
  client.on('suspended', () => told('disconnected'));
  client.on('lost', ({ sessionId, reason }) => {
    tally.count(`client session lost: ${reason}`);
    told('expired', { session: sessionId, reason });
  });
  client.on('closed', () => told('closed'));
}
