import { Client } from '../../../src/client/index.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { Abandoner, Opener } from './bystanders.js';
import type { FoundNode } from './found-tree.js';
import { digestOf, readTree } from './found-tree.js';
import { scanLogs } from './log-scan.js';
import { ServerUnderFire } from './server-under-fire.js';
import { Writer } from './writer.js';

const WRITERS = 4;
const BALLAST_NODES = 300;
const ABANDONED_TIMEOUT_MS = 1000;
/** Small enough for several logs and snapshots between two kills. */
const SNAP_COUNT = 300;
/** A digest is shown for every so many transactions. */
const DIGEST_EVERY = 128;
const DIGEST_ATTEMPTS_MAX = 20;
/** Writes before which nobody looks for the moment: the first ones always begin a log, and a snapshot is due early. */
const WARM_UP_MAX = 500;
/** Writes by which the moment has come, or the kill comes without. */
const ACKNOWLEDGED_MAX = 4000;

const SETTINGS = {
  tickTime: 500,
  maxSessionTimeout: 600_000,
  maxClientCnxns: 0,
  snapCount: SNAP_COUNT,
  preAllocSize: 64,
  'autopurge.purgeInterval': '40ms',
  extendedTypesEnabled: 'true',
  '4lw.commands.whitelist': '*',
  'znode.container.checkIntervalMs': 3_600_000,
};

/** When the server is killed. */
type Moment = 'writing' | 'snapshot' | 'roll' | 'purge' | 'starting' | 'restarted';
const MOMENTS: readonly Moment[] = [
  'writing',
  'snapshot',
  'starting',
  'purge',
  'restarted',
  'roll',
  'writing',
  'starting',
  'snapshot',
  'restarted',
];

export interface CrashOptions {
  readonly kills: number;
  readonly seed: number;
  /** Told after each kill how it went. */
  readonly progress?: (line: string) => void;
  /** Done to the dead server's files, to see whether it would be noticed. */
  readonly sabotage?: (directory: string) => void;
}

export interface CrashReport {
  readonly kills: Readonly<Record<Moment, number>>;
  readonly acknowledged: number;
  readonly inDoubt: number;
  readonly inDoubtDone: number;
  readonly sessionsAbandoned: number;
  readonly snapshots: number;
  readonly digestsCompared: number;
  readonly startMaxMs: number;
  /** Everything that is not as it must be; empty when nothing was lost and all digests agree. */
  readonly faults: readonly string[];
}

/** Kills a server again and again while clients write, and compares all it was heard to acknowledge with what it has. */
export class CrashRun {
  private readonly random: SeededRandom;
  private readonly server: ServerUnderFire;
  private readonly writers: Writer[];
  private readonly opener: Opener;
  private readonly abandoner: Abandoner;
  private readonly kills: Record<Moment, number> = {
    writing: 0,
    snapshot: 0,
    roll: 0,
    purge: 0,
    starting: 0,
    restarted: 0,
  };
  private readonly faults: string[] = [];
  private digestsCompared = 0;
  private acknowledged = 0;

  private constructor(server: ServerUnderFire, random: SeededRandom) {
    this.server = server;
    this.random = random;
    this.writers = Array.from({ length: WRITERS }, (_, index) => {
      return new Writer(server, `/w${index}`, new SeededRandom(random.below(2 ** 31)));
    });
    this.opener = new Opener(server, '/opening');
    this.abandoner = new Abandoner(server, ABANDONED_TIMEOUT_MS);
  }

  /** Stops at the first fault. */
  static async run({ kills, seed, progress, sabotage }: CrashOptions): Promise<CrashReport> {
    const random = new SeededRandom(seed);
    const run = new CrashRun(await ServerUnderFire.create(random, SETTINGS), random);
    try {
      await run.server.start();
      await run.begin();
      for (let done = 0; done < kills && run.faults.length === 0; done += 1) {
        const moment = MOMENTS[(done + seed) % MOMENTS.length] ?? 'writing';
        await run.round(moment, sabotage);
        progress?.(`kill ${done + 1} of ${kills} (${moment}): ${run.acknowledged} writes acknowledged`);
      }
      if (run.faults.length === 0) await run.end();
    } finally {
      await Promise.all([...run.writers, run.opener].map((client) => client.close()));
      await run.server.close();
    }
    return run.report();
  }

  private async begin(): Promise<void> {
    await Promise.all([...this.writers, this.opener].map((client) => client.begin()));
    await withReader(this.server, async (reader) => {
      await reader.create('/pad');
      await reader.create('/ballast');
      const nodes = Array.from({ length: BALLAST_NODES }, (_, index) => `/ballast/${index}`);
      await Promise.all(nodes.map((path) => reader.create(path, path.padEnd(2000))));
    });
  }

  private async round(moment: Moment, sabotage: CrashOptions['sabotage']): Promise<void> {
    if (moment === 'starting') await this.killWhileStarting();
    else if (moment === 'restarted') await this.killOnceRestarted();
    else await this.killWhileWriting(moment);
    this.kills[moment] += 1;
    sabotage?.(this.server.directory);
    const onDisk = scanLogs(this.server.directory);
    await this.server.start();
    await this.audit(onDisk.lastZxid);
  }

  private async killWhileWriting(moment: Moment): Promise<void> {
    await Promise.all(this.writers.map((writer) => writer.connected()));
    if (this.random.chance(0.5)) await this.abandoner.abandon();
    const round = new AbortController();
    const warm = this.acknowledgements(1 + this.random.below(WARM_UP_MAX));
    const enough = this.acknowledgements(moment === 'writing' ? 1 + this.random.below(1500) : ACKNOWLEDGED_MAX);
    const acknowledged = (): void => {
      this.acknowledged += 1;
      warm.count();
      enough.count();
    };
    const writing = this.writers.map((writer) => writer.writeOn(acknowledged));
    writing.push(this.opener.writeOn(acknowledged, round.signal));
    const trouble = this.server.untilUnexpectedEnd();
    await Promise.race([enough.reached, warm.reached, trouble]);
    await Promise.race([enough.reached, this.reached(moment, round.signal), trouble]);
    round.abort();
    await this.killAfter(this.random.float() * 4);
    await Promise.all(writing);
  }

  /** Between the start of the process and its first answer: while it recovers, or before. */
  private async killWhileStarting(): Promise<void> {
    await this.killAfter(0);
    const usual = this.server.startsMs.at(-1) ?? 0;
    this.server.launch();
    await this.killAfter(this.random.float() * usual);
  }

  /** While sessions come back, the first writes arrive, and the snapshot of what was recovered is being written. */
  private async killOnceRestarted(): Promise<void> {
    await this.killAfter(0);
    this.server.launch();
    const enough = this.acknowledgements(1 + this.random.below(5));
    const round = new AbortController();
    const writing = this.opener.writeOn(enough.count, round.signal);
    await this.server.serving();
    if (this.random.chance(0.5)) await Promise.race([enough.reached, this.server.untilUnexpectedEnd()]);
    await this.killAfter(this.random.float() * 10);
    round.abort();
    await writing;
  }

  private reached(moment: Moment, signal: AbortSignal): Promise<unknown> {
    switch (moment) {
      case 'snapshot':
        return this.server.fileChange(/^unfinished-snapshot\./, { gone: false }, signal);
      case 'roll':
        return this.server.fileChange(/^log\./, { gone: false }, signal);
      case 'purge':
        return this.server.fileChange(/^(log|snapshot)\./, { gone: true }, signal);
      case 'writing':
      case 'starting':
      case 'restarted':
        return new Promise(() => undefined);
    }
  }

  private killAfter(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      setTimeout(() => {
        this.server.kill().then(resolve, reject);
      }, ms);
    });
  }

  private acknowledgements(wanted: number): { readonly count: () => void; readonly reached: Promise<void> } {
    let left = wanted;
    let tell = (): void => undefined;
    const reached = new Promise<void>((resolve) => (tell = resolve));
    const count = (): void => {
      left -= 1;
      if (left === 0) tell();
    };
    return { count, reached };
  }

  /** The server just started again: everything is compared while nobody writes. */
  private async audit(lastZxidOnDisk: number): Promise<void> {
    await withReader(this.server, async (reader) => {
      const { found, readToMs, zxid } = await this.readAtDigest(reader, lastZxidOnDisk);
      for (const writer of this.writers) this.faults.push(...writer.audit(found));
      this.faults.push(...this.opener.audit(found), ...this.abandoner.audit(found, readToMs));
      this.faults.push(...this.ballastFaults(found));
      await this.compareDigests(zxid, found);
      if (this.faults.length === 0) await this.opener.cleanUp(found);
    });
    this.faults.push(...this.server.complaints);
  }

  /** The tree right after a transaction whose digest is shown. Sessions may end while it is read: then once more. */
  private async readAtDigest(
    reader: Client,
    lastZxidOnDisk: number,
  ): Promise<{ found: Map<string, FoundNode>; readToMs: number; zxid: number }> {
    for (let attempt = 0; attempt < DIGEST_ATTEMPTS_MAX; attempt += 1) {
      const { mzxid } = await reader.setData('/pad', 'where are we?');
      if (mzxid <= lastZxidOnDisk)
        this.faults.push(`zxid ${mzxid} was given away before: ${lastZxidOnDisk} is on disk`);
      const missing = DIGEST_EVERY - (mzxid % DIGEST_EVERY);
      const pads = await Promise.all(Array.from({ length: missing }, () => reader.setData('/pad', 'on to the next')));
      const zxid = pads.at(-1)?.mzxid ?? 0;
      const found = await readTree(reader);
      const readToMs = performance.now();
      const state = await this.server.ask('srvr');
      if (!state.includes(`Zxid: 0x${zxid.toString(16)}\n`) || zxid % DIGEST_EVERY !== 0) continue;
      return { found, readToMs, zxid };
    }
    throw new Error(`the tree did not stand still in ${DIGEST_ATTEMPTS_MAX} attempts`);
  }

  /** Three of one moment: the one that the server shows, the one it logged, and what clients see, worked out here. */
  private async compareDigests(zxid: number, found: ReadonlyMap<string, FoundNode>): Promise<void> {
    const counted = digestOf(found, (path, shown) => {
      const special = this.writers
        .map((writer) => writer.ownerOf(path))
        .find((owner) => owner !== null && owner !== 0n);
      return special ?? shown;
    });
    const line = (await this.server.ask('hash')).split('\n').find((text) => text.startsWith(`${zxid.toString(16)}: `));
    const shown = BigInt.asUintN(64, BigInt(line?.split(': ')[1] ?? 0));
    const logged = scanLogs(this.server.directory).digests.get(zxid);
    this.digestsCompared += 1;
    if (shown === counted && logged === counted) return;
    this.faults.push(
      `the digests at zxid 0x${zxid.toString(16)} differ: clients see ${counted}, the server shows ${shown}, ` +
        `its log says ${String(logged)}`,
    );
  }

  private ballastFaults(found: ReadonlyMap<string, FoundNode>): string[] {
    return Array.from({ length: BALLAST_NODES }, (_, index) => `/ballast/${index}`)
      .filter((path) => found.get(path)?.data?.toString() !== path.padEnd(2000))
      .map((path) => `${path} is lost or changed`);
  }

  /** Sessions that were left alone end; then nothing of them is there. */
  private async end(): Promise<void> {
    const deadlineMs = performance.now() + 10 * ABANDONED_TIMEOUT_MS;
    while (this.abandoner.left > 0 && performance.now() < deadlineMs && this.faults.length === 0) await this.audit(0);
    if (this.abandoner.left > 0) this.faults.push(`${this.abandoner.left} abandoned sessions were never ended`);
  }

  private report(): CrashReport {
    const sum = (part: 'acknowledged' | 'inDoubt' | 'inDoubtDone'): number =>
      this.writers.reduce((total, { tally }) => total + tally[part], 0);
    return {
      kills: this.kills,
      acknowledged: sum('acknowledged') + this.opener.acknowledged,
      inDoubt: sum('inDoubt') + this.opener.inDoubt,
      inDoubtDone: sum('inDoubtDone'),
      sessionsAbandoned: this.abandoner.count,
      snapshots: this.server.snapshots,
      digestsCompared: this.digestsCompared,
      startMaxMs: Math.max(...this.server.startsMs),
      faults: [...this.faults, ...this.server.complaints],
    };
  }
}

async function withReader<T>(server: ServerUnderFire, use: (reader: Client) => Promise<T>): Promise<T> {
  const reader = await Client.connect(server.connectString, { timeoutMs: 30_000, limits: { queuedMax: 1_000_000 } });
  try {
    return await use(reader);
  } finally {
    await reader.close();
  }
}
