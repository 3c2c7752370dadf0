import { TrackedProcess, type ExitStatus } from '../../support/tracked-process.js';
import { curatorClassPath } from './curator.js';
import { JAVA, JVM_FLAGS } from './java.js';
import { sessionFile } from './sessions.js';

const ANSWER_TIMEOUT_MS = 60_000;

export type PeerKind = 'curator' | 'pinfold';

/** Recipes that a peer can be told to use; each is a file of sessions/curator and one of sessions/pinfold. */
export type RoomName = 'locks' | 'leaders' | 'barriers' | 'counters' | 'queues' | 'caches' | 'discovery';

export interface RecipePeerOptions {
  readonly connectString: string;
  readonly sessionTimeoutMs: number;
  readonly rooms: readonly RoomName[];
}

/** Something that happened in a peer by itself: a latch that leads, an item that was taken. */
export interface PeerEvent {
  readonly event: string;
  /** Ns on the machine's monotonic clock, the same for all its processes. */
  readonly at: number;
  readonly name?: string;
  readonly [field: string]: unknown;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/**
 * Another process, which does with the recipes of Curator or of pinfold what it is told. Both kinds know the same verbs
 * and give the same answers, so that a test can be written once and played with either on either side.
 */
export class RecipePeer {
  readonly kind: PeerKind;
  readonly #process: TrackedProcess;
  readonly #answers = new Map<number, Answer>();
  readonly #events: PeerEvent[] = [];
  #linesRead = 0;
  #lastId = 0;

  private constructor(kind: PeerKind, process: TrackedProcess) {
    this.kind = kind;
    this.#process = process;
  }

  static async start(kind: PeerKind, options: RecipePeerOptions): Promise<RecipePeer> {
    const { connectString, sessionTimeoutMs, rooms } = options;
    const args = [connectString, String(sessionTimeoutMs)];
    const spawned = new TrackedProcess(
      kind === 'curator'
        ? {
            command: JAVA,
            args: [...JVM_FLAGS, '-cp', curatorClassPath(), 'CuratorPeer', ...args, ...rooms.map(className)],
          }
        : { command: process.execPath, args: [sessionFile('pinfold/peer.mjs'), ...args, ...rooms] },
    );
    const peer = new RecipePeer(kind, spawned);
    await peer.event('ready');
    return peer;
  }

  /** Resolves with what the verb gives, as far as JSON can carry it: bytes as text, numbers of 64 bits as text. */
  async call<T = unknown>(verb: string, ...words: readonly (string | number)[]): Promise<T> {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#process.write(`${[id, verb, ...words].map((word) => encodeURIComponent(word)).join(' ')}\n`);
    const answer = await this.#process.until(() => {
      this.#readLines();
      return this.#answers.get(id);
    }, ANSWER_TIMEOUT_MS);
    this.#answers.delete(id);
    if (answer.error !== undefined) {
      throw new Error(`${this.kind}: ${verb} ${words.join(' ')}: ${answer.error}\n${this.#process.describe()}`);
    }
    return answer.result as T;
  }

  /** All events of a kind so far, in order. */
  events(event: string): readonly PeerEvent[] {
    this.#readLines();
    return this.#events.filter((one) => one.event === event);
  }

  /** The first event of a kind that is wanted; waits for it. */
  async event(event: string, wanted: (one: PeerEvent) => boolean = () => true): Promise<PeerEvent> {
    return this.#process.until(() => this.events(event).find(wanted), ANSWER_TIMEOUT_MS);
  }

  async quit(): Promise<ExitStatus> {
    this.#process.write('quit\n');
    this.#process.endInput();
    return this.#process.exited;
  }

  /** Ends it as a power cut would. Its session ends one session timeout later. */
  async kill(): Promise<void> {
    await this.#process.stop('SIGKILL', 0);
  }

  #readLines(): void {
    const { lines } = this.#process;
    for (; this.#linesRead < lines.length; this.#linesRead += 1) {
      const line = JSON.parse(lines[this.#linesRead] ?? '') as Answer | PeerEvent;
      if ('event' in line) this.#events.push(line);
      else this.#answers.set(line.id, line);
    }
  }
}

function className(room: RoomName): string {
  return `${room.slice(0, 1).toUpperCase()}${room.slice(1)}`;
}
