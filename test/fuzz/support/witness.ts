import { CREATOR_ALL_ACL } from '../../../src/protocol/acl.js';
import { EventType } from '../../../src/protocol/event.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import type { FuzzWorld } from './fuzz-world.js';
import { HealthySession } from './healthy-session.js';

const PATH = '/witness-of-all-this';
const IDENTITY = { type: 0, scheme: 'digest', auth: Buffer.from('witness:of all this') };

/** Two healthy sessions, a writer and a watcher of one node, who see to it that nobody else's bytes disturb them. */
export class Witness {
  private readonly world: FuzzWorld;
  private readonly writer: HealthySession;
  private readonly watcher: HealthySession;
  private beats = 0;

  private constructor(world: FuzzWorld, sessions: { writer: HealthySession; watcher: HealthySession }) {
    this.world = world;
    this.writer = sessions.writer;
    this.watcher = sessions.watcher;
  }

  static async begin(world: FuzzWorld): Promise<Witness> {
    const witness = new Witness(world, {
      writer: await HealthySession.open(world),
      watcher: await HealthySession.open(world),
    });
    for (const session of [witness.writer, witness.watcher]) {
      expectOk('auth', await session.ask(OpCode.auth, IDENTITY));
    }
    const node = { path: PATH, data: Buffer.from('0'), acl: CREATOR_ALL_ACL, flags: 0 };
    expectOk('create', await witness.writer.ask(OpCode.create, node));
    return witness;
  }

  /** One write, seen by the other session: event first, then the data. */
  async beat(): Promise<void> {
    const { watcher, writer } = this;
    await this.expectValue(true);
    this.beats += 1;
    const write = { path: PATH, data: Buffer.from(String(this.beats)), version: this.beats - 1 };
    expectOk('setData', await writer.ask(OpCode.setData, write));
    await this.world.until("the witness's event", () => watcher.events.length > 0);
    const events = watcher.events.splice(0);
    const [event] = events;
    if (events.length !== 1 || event?.type !== EventType.nodeDataChanged || event.path !== PATH) {
      throw new Error(`the witness got ${JSON.stringify(events)} in place of one event`);
    }
    await this.expectValue(false);
  }

  /** The node stays: strangers may have taken the right to remove anything from the root. */
  async end(): Promise<void> {
    for (const session of [this.writer, this.watcher]) await session.close();
  }

  private async expectValue(watch: boolean): Promise<void> {
    const answer = await this.watcher.ask(OpCode.getData, { path: PATH, watch });
    expectOk('getData', answer);
    const { data, stat } = answer.body ?? {};
    if (data?.toString() !== String(this.beats) || stat?.version !== this.beats) {
      throw new Error(`the witness read ${data?.toString()} of version ${stat?.version}, not ${this.beats}`);
    }
  }
}

function expectOk(what: string, { err }: { readonly err: number }): void {
  if (err !== 0) throw new Error(`the witness's ${what} was answered ${err}`);
}
