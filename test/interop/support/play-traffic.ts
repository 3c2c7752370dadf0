import { OpCode, opName, type MultiResult, type RequestOf, type RequestOp } from '../../../src/protocol/index.js';
import { SESSIONS, SUPER, type Action } from './random-traffic.js';
import { RawSession, type RawSessionOptions } from './raw-session.js';

const SESSION_MS = 30_000;
/** Lists that a server gives in any order; `acl` when scheme `auth` stood for several identities. */
const SETS = ['children', 'ephemerals', 'clientInfo', 'acl'];
const SUPER_AUTH = 'super:admin';

function describeAction(action: Action): string {
  const who = `session ${action.session}`;
  if (action.kind === 'renew') return `${who} ends, and another begins`;
  if (action.kind === 'auth') return `${who} shows ${action.credential}`;
  return `${who} ${opName(action.op)} ${toText(action.request)}`;
}

/** Three sessions that play requests one after the other. */
export class Stage {
  #port: number;
  readonly #sessions: RawSession[];
  readonly #credentials: string[][] = SESSIONS.map(() => []);
  /** Session ids differ from server to server; their numbers do not. */
  readonly #numbers = new Map<string, number>();

  private constructor(port: number, sessions: RawSession[]) {
    this.#port = port;
    this.#sessions = sessions;
    sessions.forEach((session) => this.#number(session));
  }

  static async open(port: number): Promise<Stage> {
    const sessions: RawSession[] = [];
    for (const place of SESSIONS) sessions.push(await enter(port, { place }));
    return new Stage(port, sessions);
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) await session.close();
  }

  /** The server is about to go. */
  leave(): void {
    for (const session of this.#sessions) session.drop();
  }

  /** The sessions go on with another server that has the same data. */
  async comeBack(port: number): Promise<void> {
    this.#port = port;
    for (const place of SESSIONS) {
      const { identity, lastZxid } = this.#at(place);
      const session = await enter(port, { place, identity, lastZxidSeen: lastZxid });
      for (const credential of this.#credentials[place] ?? []) await session.addAuth(credential);
      session.lastZxid = lastZxid;
      this.#sessions[place] = session;
    }
  }

  /** Tells, for each request, its answer and the events that it caused in every session. */
  async play(actions: readonly Action[]): Promise<string[]> {
    const told: string[] = [];
    for (const action of actions) told.push(`${describeAction(action)} -> ${await this.#playOne(action)}`);
    return told;
  }

  /** Like {@link play}, but sends all requests of one session at once; events are told with their place among the answers. */
  async playAtOnce(session: number, actions: readonly Action[]): Promise<string[]> {
    const before = this.#at(session).answers;
    const own = actions.filter((action) => action.session === session);
    const told = await Promise.all(
      own.map(async (action) => `${describeAction(action)} -> ${await this.#answer(action)}`),
    );
    for (const [place, each] of this.#sessions.entries()) {
      await each.request(OpCode.ping, {});
      for (const { type, path, answersBefore } of each.events.splice(0)) {
        const at = place === session ? ` after answer ${answersBefore - before}` : '';
        told.push(`session ${place} hears ${type} ${path}${at}`);
      }
    }
    return told;
  }

  async #playOne(action: Action): Promise<string> {
    const answer = await this.#answer(action);
    const events: string[] = [];
    for (const session of this.#sessions) {
      // Events come before the answer to whatever is asked after them.
      await session.request(OpCode.ping, {});
      const own = session.events.splice(0).map(({ type, state, path }) => `${type}/${state} ${path}`);
      // Which of its ephemerals a closing session loses first is nobody's promise.
      events.push((action.kind === 'renew' ? own.sort() : own).join(', '));
    }
    return `${answer} | ${events.join(' | ')}`;
  }

  async #answer(action: Action): Promise<string> {
    const session = this.#at(action.session);
    if (action.kind === 'auth') {
      await session.addAuth(action.credential);
      this.#credentials[action.session]?.push(action.credential);
      return 'welcome';
    }
    if (action.kind === 'renew') {
      await session.close();
      const next = await enter(this.#port, { place: action.session });
      this.#credentials[action.session] = [];
      this.#number(next);
      this.#sessions[action.session] = next;
      return 'renewed';
    }
    const { err, zxid, body } = await session.request(action.op, action.request as RequestOf<RequestOp>);
    return `${err} at ${zxid} ${this.#bodyText(action.op, body)}`;
  }

  #at(place: number): RawSession {
    const session = this.#sessions[place];
    if (session === undefined) throw new Error(`there is no session ${place}`);
    return session;
  }

  #number(session: RawSession): void {
    this.#numbers.set(session.identity.sessionId.toString(), this.#numbers.size + 1);
  }

  #bodyText(op: RequestOp, body: unknown): string {
    if (op === OpCode.multi && body !== null) {
      return toText((body as { results: readonly MultiResult[] }).results.map(withoutCreate2), this.#numbers);
    }
    return toText(body, this.#numbers);
  }
}

/** Apache 3.8.0 answers a create2 inside a multi as a create. */
function withoutCreate2(result: MultiResult): object {
  return result.type === OpCode.create2 ? { ...result, type: OpCode.create, body: { path: result.body.path } } : result;
}

async function enter(port: number, who: Partial<RawSessionOptions> & { place: number }): Promise<RawSession> {
  const { place, ...options } = who;
  const session = await RawSession.open(port, { timeoutMs: SESSION_MS, ...options });
  if (place === SUPER) await session.addAuth(SUPER_AUTH);
  return session;
}

/** A record as text, with times left out, owners as numbers, and sets in order. */
function toText(value: unknown, numbers?: ReadonlyMap<string, number>): string {
  return JSON.stringify(value, (key, item: unknown) => {
    if (key === 'ctime' || key === 'mtime') return undefined;
    if (typeof item === 'bigint') return (key === 'ephemeralOwner' && numbers?.get(item.toString())) || item.toString();
    if (isBufferJson(item)) return Buffer.from(item.data).toString('latin1');
    if (SETS.includes(key) && Array.isArray(item)) return sorted(item);
    return item;
  });
}

function sorted(items: readonly unknown[]): unknown[] {
  return [...items].sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

function isBufferJson(item: unknown): item is { data: number[] } {
  return typeof item === 'object' && item !== null && 'type' in item && item.type === 'Buffer' && 'data' in item;
}
