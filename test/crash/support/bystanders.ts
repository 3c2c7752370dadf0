import { Client } from '../../../src/client/index.js';
import { OPEN_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { connectResponseCodec } from '../../../src/protocol/connect.js';
import { JuteReader } from '../../../src/protocol/jute-reader.js';
import { handshakeFrame, RawClient, requestFrame } from '../../server/net/raw-client.js';
import type { FoundNode } from './found-tree.js';
import type { ServerUnderFire } from './server-under-fire.js';

const CONNECT_TIMEOUT_MS = 30_000;
const EPHEMERAL_FLAGS = 1;

/** Makes nodes of ever new names from the first moment a server answers: whatever it is doing then. */
export class Opener {
  readonly root: string;
  acknowledged = 0;
  inDoubt = 0;
  private readonly client: Client;
  private readonly made: string[] = [];
  private readonly maybe = new Set<string>();
  private count = 0;

  constructor(server: ServerUnderFire, root: string) {
    this.root = root;
    this.client = new Client(server.connectString, { sessionTimeoutMs: 120_000, backoff: { baseMs: 1, maxMs: 4 } });
  }

  async begin(): Promise<void> {
    await this.client.connected({ timeoutMs: CONNECT_TIMEOUT_MS });
    await this.client.create(this.root);
  }

  /** One node after another until the connection is lost; without one it waits for it, unless told to give up. */
  async writeOn(acknowledged: () => void, giveUp: AbortSignal): Promise<void> {
    try {
      await this.client.connected({ signal: giveUp, timeoutMs: CONNECT_TIMEOUT_MS });
    } catch (error) {
      if (giveUp.aborted) return;
      throw error;
    }
    const round = new AbortController();
    this.client.once('suspended', () => round.abort());
    while (!round.signal.aborted) {
      const path = `${this.root}/o${(this.count += 1)}`;
      this.maybe.add(path);
      try {
        await this.client.create(path, path, { signal: round.signal });
      } catch {
        this.inDoubt += 1;
        return;
      }
      this.maybe.delete(path);
      this.made.push(path);
      this.acknowledged += 1;
      acknowledged();
    }
  }

  /** What is wrong. */
  audit(found: ReadonlyMap<string, FoundNode>): string[] {
    const faults = this.made
      .filter((path) => found.get(path)?.data?.toString() !== path)
      .map((path) => `${path} is lost`);
    for (const path of found.keys()) {
      if (!path.startsWith(`${this.root}/`)) continue;
      if (!this.made.includes(path) && !this.maybe.has(path)) faults.push(`${path} should not be there`);
    }
    return faults;
  }

  /** Removes what was compared. */
  async cleanUp(found: ReadonlyMap<string, FoundNode>): Promise<void> {
    await this.client.connected({ timeoutMs: CONNECT_TIMEOUT_MS });
    await Promise.all(
      [...found.keys()].filter((path) => path.startsWith(`${this.root}/`)).map((path) => this.client.delete(path)),
    );
    this.made.length = 0;
    this.maybe.clear();
  }

  async close(): Promise<void> {
    await this.client.close({ timeoutMs: 500 });
  }
}

interface Abandoned {
  readonly paths: readonly string[];
  /** On the clock of performance.now(): nobody may end the session before. */
  readonly keptUntilMs: number;
  isGone: boolean;
}

/** Opens sessions that are left alone, with their ephemeral nodes, and watches how the server ends them. */
export class Abandoner {
  readonly timeoutMs: number;
  private readonly server: ServerUnderFire;
  private readonly abandoned: Abandoned[] = [];

  constructor(server: ServerUnderFire, timeoutMs: number) {
    this.server = server;
    this.timeoutMs = timeoutMs;
  }

  get count(): number {
    return this.abandoned.length;
  }

  /** Sessions that are not seen to be over. */
  get left(): number {
    return this.abandoned.filter(({ isGone }) => !isGone).length;
  }

  async abandon(): Promise<void> {
    const wire = new RawClient(this.server.port);
    try {
      wire.write(handshakeFrame(this.timeoutMs));
      const answer = await wire.next();
      if (answer === null) throw new Error('the server refused a session');
      const { timeOut } = connectResponseCodec.read(new JuteReader(answer));
      if (timeOut !== this.timeoutMs) throw new Error(`the session got ${timeOut} ms, not ${this.timeoutMs}`);
      const askedAtMs = performance.now();
      const paths = [1, 2, 3].map((index) => `/abandoned-${this.abandoned.length}-${index}`);
      for (const [index, path] of paths.entries()) {
        const body = { path, data: null, acl: OPEN_ACL_UNSAFE, flags: EPHEMERAL_FLAGS };
        wire.write(requestFrame(index + 1, OpCode.create, body));
      }
      for (const path of paths) {
        const reply = await wire.reply();
        if (reply?.err !== 0) throw new Error(`${path} could not be created: ${reply?.err ?? 'no answer'}`);
      }
      this.abandoned.push({ paths, keptUntilMs: askedAtMs + this.timeoutMs, isGone: false });
    } finally {
      wire.socket.destroy();
    }
  }

  /** `readToMs`: when the last node had been read. */
  audit(found: ReadonlyMap<string, FoundNode>, readToMs: number): string[] {
    const faults: string[] = [];
    for (const session of this.abandoned) {
      const there = session.paths.filter((path) => found.has(path)).length;
      const names = session.paths[0];
      if (there !== 0 && there !== session.paths.length) faults.push(`${there} of the nodes of ${names} are left`);
      if (there !== 0 && session.isGone) faults.push(`${names} is back although its session was over`);
      if (there === 0 && readToMs < session.keptUntilMs) faults.push(`${names} went before its session's time was up`);
      if (there === 0) session.isGone = true;
    }
    return faults;
  }
}
