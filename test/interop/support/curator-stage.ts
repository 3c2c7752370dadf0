import { afterAll, beforeAll, describe } from 'vitest';
import { ErrorCode, OPEN_ACL_UNSAFE, OpCode } from '../../../src/protocol/index.js';
import { endLivingProcesses } from '../../support/tracked-process.js';
import { curatorPresent } from './curator.js';
import { describeWithPeers, PRODUCTS, startServer } from './peers.js';
import { RawSession } from './raw-session.js';
import { RecipePeer, type PeerKind, type RoomName } from './recipe-peer.js';
import type { Product, ServerOptions, ServerProcess } from './server-process.js';
import { until } from './until.js';

/** For peers that live; the longest that the servers allow. */
const LONG_SESSION_MS = 30_000;
/** For peers that shall die: the shortest that the servers allow. */
const SHORT_SESSION_MS = 1_500;
const HEARTBEAT_MS = 5_000;
const UNTIL_TIMEOUT_MS = 30_000;

/** Who comes first, who comes second. */
export const PAIRS: readonly (readonly [PeerKind, PeerKind])[] = [
  ['curator', 'pinfold'],
  ['pinfold', 'curator'],
];

interface StageOptions {
  readonly rooms: readonly RoomName[];
  readonly server?: ServerOptions;
  /** More that must be on this machine than Curator's recipes. */
  readonly present?: readonly (() => string | null)[];
}

/** One server, and on it a process of each kind that lives for all tests, and others that need not. */
export class CuratorStage {
  readonly #rooms: readonly RoomName[];
  #server: ServerProcess | null = null;
  #witness: RawSession | null = null;
  #heartbeat: NodeJS.Timeout | null = null;
  #residents: Readonly<Record<PeerKind, RecipePeer>> | null = null;

  constructor(rooms: readonly RoomName[]) {
    this.#rooms = rooms;
  }

  get curator(): RecipePeer {
    return this.peer('curator');
  }

  get pinfold(): RecipePeer {
    return this.peer('pinfold');
  }

  /** A session of neither kind, to look at the znodes with. */
  get witness(): RawSession {
    if (this.#witness === null) throw new Error('the stage is not open');
    return this.#witness;
  }

  peer(kind: PeerKind): RecipePeer {
    if (this.#residents === null) throw new Error('the stage is not open');
    return this.#residents[kind];
  }

  /** One more process, which a test may kill: its session outlives it by 1.5 seconds only. */
  async extra(kind: PeerKind): Promise<RecipePeer> {
    return this.#start(kind, SHORT_SESSION_MS);
  }

  async open(product: Product, options: ServerOptions): Promise<void> {
    this.#server = await startServer(product, options);
    const witness = await RawSession.open(this.#server.port, { timeoutMs: LONG_SESSION_MS });
    this.#witness = witness;
    // It speaks only when asked, and its session ends when it is silent for too long.
    this.#heartbeat = setInterval(() => void witness.children('/').catch(() => undefined), HEARTBEAT_MS);
    const [curator, pinfold] = await Promise.all([
      this.#start('curator', LONG_SESSION_MS),
      this.#start('pinfold', LONG_SESSION_MS),
    ]);
    this.#residents = { curator, pinfold };
  }

  /** Rejects when a process does not end cleanly. */
  async close(): Promise<void> {
    const residents = Object.values(this.#residents ?? {});
    const ends = await Promise.all(residents.map((one) => one.quit()));
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
    await this.#witness?.close();
    await this.#server?.stop();
    const dirty = ends.filter(({ code }) => code !== 0);
    if (dirty.length > 0) throw new Error(`a peer ended with ${JSON.stringify(dirty)}`);
  }

  /** Does the same with the peer of either kind at once; the results of both, each marked with its kind. */
  async both<T extends object>(body: (peer: RecipePeer) => Promise<T[]>): Promise<(T & { by: PeerKind })[]> {
    const peers = [this.curator, this.pinfold];
    const results = await Promise.all(peers.map(async (peer) => ({ by: peer.kind, all: await body(peer) })));
    return results.flatMap(({ by, all }) => all.map((one) => ({ ...one, by })));
  }

  /** A node for the peers' `Presence`: where all holders of something meet. */
  async meetingPlace(path: string): Promise<void> {
    const made = await this.witness.request(OpCode.create2, { path, data: null, acl: OPEN_ACL_UNSAFE, flags: 0 });
    if (made.err !== 0 && made.err !== ErrorCode.NODEEXISTS) throw new Error(`${path}: error ${made.err}`);
  }

  /** Waits until a node has so many children. */
  async children(path: string, count: number): Promise<readonly string[]> {
    const look = async (): Promise<readonly string[] | undefined> => {
      const names = await this.witness.children(path);
      return names.length === count ? names : undefined;
    };
    return until(look, { what: `${count} children of ${path}`, timeoutMs: UNTIL_TIMEOUT_MS });
  }

  async #start(kind: PeerKind, sessionTimeoutMs: number): Promise<RecipePeer> {
    const { connectString } = this.#server ?? { connectString: '' };
    return RecipePeer.start(kind, { connectString, sessionTimeoutMs, rooms: this.#rooms });
  }
}

/** The tests of `body` once on each product's server, with a process of Curator and one of pinfold beside each other. */
export function describeWithCurator(name: string, options: StageOptions, body: (stage: CuratorStage) => void): void {
  describeWithPeers(name, [curatorPresent, ...(options.present ?? [])], () => {
    describe.each(PRODUCTS)('on %s', (product) => {
      const stage = new CuratorStage(options.rooms);
      beforeAll(() => stage.open(product, options.server ?? {}));
      afterAll(async () => {
        try {
          await stage.close();
        } finally {
          await endLivingProcesses();
        }
      });
      body(stage);
    });
  });
}
