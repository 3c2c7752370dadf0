import { ErrorCode } from '../../../src/protocol/error-codes.js';
import { Bindings } from './bindings.js';
import type { CompareContext } from './compare.js';
import { compareFrames } from './compare.js';
import { expandCut } from './cut-text.js';
import { alternativeOf, deviationOf } from './deviations.js';
import { DRIVER_ACTIONS } from './driver-actions.js';
import { compareAnswers } from './four-letter-shape.js';
import { ownText, relabel } from './relabel.js';
import { ReplayLink } from './replay-link.js';
import type { Playing } from './row-matching.js';
import { earlierThan, isAnswerTo, isNetworkAnswered, overtakenBy, sameEvent } from './row-matching.js';
import { inSideSession } from './side-session.js';
import type { ReplayTarget } from './target.js';
import type { Decoded, FrameRow, RawRow, Row, Scenario } from './vector-rows.js';
import { labelOf, textOf } from './vector-rows.js';
import { decodeFrame, encodeFrame } from './wire-json.js';
import { WireConnection } from './wire-connection.js';

export interface ReplayOptions {
  /** The server had seen other files before this one when it was recorded, and is fresh now. */
  readonly inheritsHistory: boolean;
  /** The target names the change in its events where the recorded server put -1. */
  readonly namesChangeInEvents: boolean;
  /** Rows are expected as the table of deviations has them. */
  readonly deviates: boolean;
}

/** A row that this run did not repeat. */
export class ReplayMismatch extends Error {
  override readonly name = 'ReplayMismatch';
}

/** Longest wait for a row that follows at once, and for one that waits for a timer of the server. */
const PROMPT_MS = 10_000;
const TIMER_MS = 25_000;
/** How long a connection that cannot be asked must stay silent. */
const SILENCE_MS = 150;
/** Scenarios that wait for an expiry, a sweep or an idle limit. */
const AWAITS_TIMER = new Set([
  'session-expiry',
  'idle-without-connect',
  'session-keeps-connection-without-ping',
  'container-auto-delete',
  'ttl-expiry',
]);

const PING = Buffer.from('00000008fffffffe0000000b', 'hex');
const PING_XID = -2;

/** Repeats recorded scenarios against one server, one after another, and compares what the server says. */
export class ServerReplay {
  readonly #target: ReplayTarget;
  readonly #bindings = new Bindings();
  readonly #startedAtMs: number;
  readonly #links = new Map<string, ReplayLink>();

  /** `startedAtMs`: before the server or its data was made, epoch ms. */
  constructor(target: ReplayTarget, startedAtMs: number) {
    this.#target = target;
    this.#startedAtMs = startedAtMs;
  }

  /** Throws a ReplayMismatch at the first row that differs. */
  async run(recorded: Scenario, options: ReplayOptions): Promise<void> {
    const deviation = options.deviates ? deviationOf(recorded) : null;
    const scenario = deviation === null ? recorded : { ...recorded, rows: deviation.rows(recorded) };
    this.#dropLinksOf(scenario);
    const done = new Set<Row>();
    const stepOf = (row: Row): Step => ({ row, label: `${labelOf(scenario)} ${row.seq}`, scenario, options, done });
    for (const row of scenario.rows) {
      const step = stepOf(row);
      await this.#act(step);
      if (!done.has(row)) await this.#play(step);
    }
    for (const link of this.#links.values()) await this.#finish(link, stepOf);
    if (deviation?.afterwards !== undefined) await inSideSession(this.#target.port, deviation.afterwards);
  }

  closeAll(): void {
    for (const link of this.#links.values()) link.wire.close();
    this.#links.clear();
  }

  /** Connections of the scenario before live on only where this one uses them without a handshake. */
  #dropLinksOf(scenario: Scenario): void {
    const seen = new Set<string>();
    for (const row of scenario.rows) {
      if (row.kind === 'note' || seen.has(row.conn)) continue;
      seen.add(row.conn);
      const continues = row.kind === 'nothing' || (row.kind === 'frame' && hasXid(row));
      if (!continues) this.#drop(row.conn);
    }
  }

  #drop(conn: string): void {
    this.#links.get(conn)?.wire.close();
    this.#links.delete(conn);
  }

  async #act({ label, row }: Step): Promise<void> {
    const action = DRIVER_ACTIONS[label];
    if (action === undefined) return;
    const wire = (conn: string): WireConnection => this.#known(conn).wire;
    await action({ target: this.#target, bindings: this.#bindings, row, wire });
  }

  async #play(step: Step): Promise<void> {
    const { row } = step;
    if (row.kind === 'note') return;
    if (row.kind === 'nothing') return this.#expectNothing(step, row.conn);
    if (row.kind === 'close') return row.dir === 'c2s' ? this.#drop(row.conn) : this.#expectClose(step, row.conn);
    if (row.dir === 'c2s') return this.#send(row);
    return row.kind === 'raw' ? this.#expectAnswer(step, row) : this.#expectFrame(step, relabel(row, step.label));
  }

  async #send(row: FrameRow | RawRow): Promise<void> {
    const link = await this.#linkFor(row);
    if (row.kind === 'raw') {
      if (link.isHandshaken) link.isMute = true;
      const bytes = row.bytes ?? Buffer.from(row.text);
      link.rawSent += bytes.toString('latin1');
      link.wire.send(bytes);
      return;
    }
    const { record, header, op, body } = row.decoded;
    if (record === 'ConnectRequest') link.isHandshaken = true;
    if (op === 'closeSession') link.isMute = true;
    const path = body?.['path'];
    link.asked(Number(header?.['xid']), typeof path === 'string' ? path : null);
    link.wire.send(this.#bytesOf(row));
  }

  /** The connection a row goes out on: a new one for a handshake, or after the last one of that name was closed. */
  async #linkFor(row: FrameRow | RawRow): Promise<ReplayLink> {
    const known = this.#links.get(row.conn);
    const isHandshake = row.kind === 'frame' && row.decoded.record === 'ConnectRequest';
    if (known !== undefined && !known.wire.isClosed && !(isHandshake && known.isHandshaken)) return known;
    return this.#open(row.conn);
  }

  async #open(conn: string): Promise<ReplayLink> {
    this.#drop(conn);
    const link = new ReplayLink(await WireConnection.open(this.#target.port));
    this.#links.set(conn, link);
    return link;
  }

  #known(conn: string): ReplayLink {
    const link = this.#links.get(conn);
    if (link === undefined) throw new Error(`connection ${conn} was never opened`);
    return link;
  }

  /** The recorded bytes, with the session and zxids of this run in the place of the recorded ones. */
  #bytesOf({ bytes, decoded }: FrameRow): Buffer {
    const frame = Buffer.from(bytes ?? encodeFrame(expandCut(decoded)));
    const { body = {}, volatile = [] } = decoded;
    for (const path of volatile) {
      if (path === 'body.lastZxidSeen') {
        frame.writeBigInt64BE(this.#bindings.lastSeen(textOf(body['lastZxidSeen'])), 8);
      } else if (path === 'body.sessionId') {
        frame.writeBigInt64BE(BigInt(this.#bindings.session(textOf(body['sessionId']))), 20);
      } else if (path === 'body.passwd') {
        frame.write(this.#bindings.password(textOf(body['passwd'])), 32, 'hex');
      } else if (path === 'body.relativeZxid') {
        frame.writeBigInt64BE(this.#bindings.lastSeen(textOf(body['relativeZxid'])), 12);
      } else {
        throw new Error(`no way to put a value of this run into ${path}`);
      }
    }
    return frame;
  }

  async #expectFrame(step: Step, row: FrameRow): Promise<void> {
    const link = this.#known(row.conn);
    for (;;) {
      const frame = await this.#nextFrame(step, link);
      if (frame === null) throw mismatch(step, `the server closed instead of sending ${describe(row.decoded)}`);
      if (isAnswerTo(frame, row)) {
        const meant = sameEvent(frame, step, row) ?? row;
        step.done.add(meant);
        this.#compare(step, meant, frame);
        if (meant === row) return;
        continue;
      }
      if (isNetworkAnswered(row)) {
        // It may come later than its turn, just as it may come earlier.
        link.overtaken.push(row);
        link.wire.putBack(frame);
        return;
      }
      const other = overtakenBy(frame, link) ?? earlierThan(frame, step, row);
      if (other === null) return this.#compare(step, row, frame);
      step.done.add(other);
      this.#compare(step, other, frame);
    }
  }

  async #nextFrame(step: Step, link: ReplayLink): Promise<Buffer | null> {
    try {
      return await link.wire.frame(this.#patienceMs(step));
    } catch (error) {
      throw mismatch(step, String(error));
    }
  }

  #patienceMs(step: Step): number {
    return AWAITS_TIMER.has(step.scenario.name) ? TIMER_MS : PROMPT_MS;
  }

  #compare(step: Step, row: FrameRow, frame: Buffer): void {
    const link = this.#known(row.conn);
    const recorded = expandCut(row.decoded);
    let ours: Decoded;
    try {
      ours = decodeFrame(frame, recorded);
    } catch (error) {
      throw mismatch(
        step,
        `${describe(recorded)} expected, but ${frame.toString('hex')} does not decode: ${String(error)}`,
      );
    }
    const context = this.#contextOf(step, recorded, link);
    const differences = compareFrames(recorded, ours, context);
    const alternative = alternativeOf(recorded, step.label);
    if (differences.length > 0 && (alternative === null || compareFrames(alternative, ours, context).length > 0)) {
      throw mismatch(step, `${describe(recorded)}: ${differences.join('; ')}`);
    }
    const zxid = BigInt(recorded.record === 'Reply' ? textOf(ours.header?.['zxid']) : '0');
    if (zxid > link.lastZxid) link.lastZxid = zxid;
  }

  #contextOf({ options }: Step, recorded: Decoded, link: ReplayLink): CompareContext {
    return {
      bindings: this.#bindings,
      lastZxid: link.lastZxid,
      ran: { fromMs: this.#startedAtMs, toMs: Date.now() },
      requestPath: recorded.record === 'Reply' ? link.pathOf(Number(recorded.header?.['xid'])) : null,
      ...options,
    };
  }

  async #expectAnswer(step: Step, row: RawRow): Promise<void> {
    const link = this.#known(row.conn);
    const answer = await this.#untilClosed(step, link);
    const word = link.rawSent.slice(0, 4);
    const differences = compareAnswers(word, [ownText(row.text, step.label), answer.toString('utf8')], this.#bindings);
    if (differences.length > 0) throw mismatch(step, differences.join('; '));
  }

  async #expectClose(step: Step, conn: string): Promise<void> {
    const link = this.#links.get(conn) ?? (await this.#open(conn));
    const came = await this.#untilClosed(step, link);
    const rest = step.options.deviates ? came : withoutExpired(came);
    if (rest.length > 0) throw mismatch(step, `${rest.toString('hex')} came before the close`);
  }

  async #untilClosed(step: Step, link: ReplayLink): Promise<Buffer> {
    try {
      return await link.wire.untilClosed(this.#patienceMs(step));
    } catch (error) {
      throw mismatch(step, String(error));
    }
  }

  /** Whatever was on its way comes before the answer to a ping; only where none can be sent is time the judge. */
  async #expectNothing(step: Step, conn: string): Promise<void> {
    const link = this.#known(conn);
    if (link.isMute) {
      if (!(await link.wire.isSilent(SILENCE_MS))) throw mismatch(step, `nothing expected, but ${heard(link.wire)}`);
      return;
    }
    link.wire.send(PING);
    const frame = await this.#nextFrame(step, link);
    if (frame === null) throw mismatch(step, 'nothing expected, but the server closed');
    if (frame.readInt32BE(4) !== PING_XID) throw mismatch(step, `nothing expected, but ${frame.toString('hex')} came`);
  }

  /** Late answers must still come, and nothing may be left over when a scenario ends. */
  async #finish(link: ReplayLink, stepOf: (row: Row) => Step): Promise<void> {
    for (const row of link.overtaken.splice(0)) await this.#expectFrame(stepOf(row), row);
    if (link.overtaken.length > 0) throw new ReplayMismatch(`${link.overtaken.length} answers never came`);
    if (link.wire.unread.length > 0) throw new ReplayMismatch(`nothing was left, but ${heard(link.wire)}`);
  }
}

interface Step extends Playing {
  readonly row: Row;
  /** `file scenario seq` */
  readonly label: string;
  readonly options: ReplayOptions;
}

const EXPIRED_REPLY_BYTES = 20;

/** Requests behind a closeSession: the recorded server at times still says SESSIONEXPIRED before it closes. */
function withoutExpired(frames: Buffer): Buffer {
  let rest = frames;
  while (rest.length >= EXPIRED_REPLY_BYTES && rest.readInt32BE(16) === ErrorCode.SESSIONEXPIRED) {
    rest = rest.subarray(EXPIRED_REPLY_BYTES);
  }
  return rest;
}

function mismatch({ label }: Step, what: string): ReplayMismatch {
  return new ReplayMismatch(`${label}: ${what}`);
}

function describe({ record, op, event, err, header, body }: Decoded): string {
  const xid = textOf(header?.['xid']);
  return `${record} ${op ?? event ?? ''} ${err ?? ''} xid ${xid} ${JSON.stringify(body ?? {}).slice(0, 200)}`;
}

function heard(wire: WireConnection): string {
  return wire.unread.length > 0 ? `${wire.unread.toString('hex')} came` : 'the server closed';
}

function hasXid({ decoded }: FrameRow): boolean {
  return decoded.header !== undefined && decoded.header !== null;
}
