import { BadVersionError, NodeExistsError, NoNodeError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { NodeData } from '../../client/operation-types.js';
import type { Acl } from '../../protocol/acl.js';
import { parentOf } from '../../protocol/paths.js';
import type { Stat } from '../../protocol/stat.js';
import type { Zxid } from '../../protocol/zxid.js';
import { Backoff } from '../../client/support/backoff.js';
import { createContainers } from '../support/create-containers.js';
import { isRetryable, retry } from '../../client/support/retry.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { readRecord, startedMsOf, writeRecord } from './occasion-record.js';
import type { FoundRecord, OccasionOutcome, OccasionRecord } from './occasion-record.js';

export interface OccasionMarkerSpec {
  readonly path: string;
  readonly acl: readonly Acl[] | undefined;
  readonly parentAcl: readonly Acl[] | undefined;
}

/** The marker as somebody found it; `found` is null where there is no node yet, or where the only claim was taken back. */
export interface Sighting {
  readonly found: FoundRecord | null;
  /** -1 where there is no node. */
  readonly version: number;
  /** Of the last write to it. */
  readonly mzxid: Zxid;
}

/** An occasion that is ours to run. */
export interface Claimed {
  readonly record: OccasionRecord;
  readonly startedMs: number;
  readonly version: number;
  /** Zxid of the claim: larger than that of any earlier one. */
  readonly token: Zxid;
}

/** What to write, seeing what is there; or null to leave it. */
export type Decide = (found: FoundRecord | null) => OccasionRecord | null;

const NOWHERE: Sighting = { found: null, version: -1, mzxid: 0 as Zxid };
/** Of a marker whose first claim was taken back: it says nothing. */
const BLANK = '';

/**
 * The one node of a job that says which occasion was taken last, by whom, and what came of it. It only ever moves forward:
 * every write names the version that it follows, and the identity of its run, by which a lost reply is made good. It is never
 * deleted: versions would begin anew, and a write that follows one of the deleted node would hit the next.
 */
export class OccasionMarker {
  readonly #client: KeeperClient;
  readonly #spec: OccasionMarkerSpec;

  constructor(client: KeeperClient, spec: OccasionMarkerSpec) {
    this.#client = client;
    this.#spec = spec;
  }

  /** What is there, as the ensemble has it at some moment during this call. */
  async look(budget: WaitBudget): Promise<Sighting> {
    const { path } = this.#spec;
    try {
      const read = (wait: { signal: AbortSignal }) =>
        Promise.all([this.#client.sync(path, wait), this.#client.getData(path, wait)]);
      const [, { data, stat }] = await retry(this.#client, budget, read);
      return this.#sighting(data, stat);
    } catch (error) {
      if (error instanceof NoNodeError) return NOWHERE;
      throw error;
    }
  }

  /**
   * Takes an occasion, unless `decide` leaves it. Whatever replies get lost: resolves to a claim exactly if this very claim
   * stands. When the budget runs out on the way, a claim that was made is taken back before this rejects.
   */
  async claim(budget: WaitBudget, decide: Decide): Promise<Claimed | Sighting> {
    const backoff = new Backoff(this.#client);
    for (;;) {
      const before = await this.look(budget);
      const record = decide(before.found);
      if (record === null) return before;
      budget.throwIfSpent();
      const claimed = await this.#write(record, before);
      if (claimed !== null) {
        if (budget.commit()) return claimed;
        await this.#takeBack(claimed, before);
        budget.throwIfSpent();
      }
      await backoff.wait(budget.signal);
    }
  }

  /** Says how a run ended, unless a later occasion stands there by now. */
  async finish({ record, startedMs, version }: Claimed, outcome: OccasionOutcome): Promise<void> {
    const ended = writeRecord({ ...record, outcome, startedMs });
    // Nobody waits for this longer than for a session: it is a note, the claim is what counts.
    const budget = new WaitBudget(
      this.#client,
      { timeoutMs: this.#client.negotiatedTimeoutMs },
      `finish ${record.run}`,
    );
    await budget.settle(this.#replace(ended, version, budget), 0);
  }

  /** Null when it was certainly not written. Once it is on its way, it has to be known what became of it. */
  async #write(record: OccasionRecord, { version }: Sighting): Promise<Claimed | null> {
    const { path, acl, parentAcl } = this.#spec;
    const data = writeRecord(record);
    const patient = new WaitBudget(this.#client, {}, `claim ${path}`);
    try {
      if (version === NOWHERE.version) return claimedBy(record, (await this.#client.create(path, data, { acl })).stat);
      return claimedBy(record, await this.#client.setData(path, data, { version }));
    } catch (error) {
      if (error instanceof NodeExistsError || error instanceof BadVersionError) return null;
      if (error instanceof NoNodeError) {
        await createContainers(this.#client, patient, { path: parentOf(path), acl: parentAcl });
        return null;
      }
      if (!isRetryable(error)) throw error;
    }
    const now = await this.look(patient);
    if (now.found?.record.run !== record.run) return null;
    const { version: made, mzxid: token } = now;
    return { record, startedMs: startedMsOf(now.found), version: made, token };
  }

  /** As it was before, for somebody else to take. */
  async #takeBack({ version }: Claimed, { found }: Sighting): Promise<void> {
    const patient = new WaitBudget(this.#client, {}, `take back ${this.#spec.path}`);
    const earlier = found === null ? BLANK : writeRecord({ ...found.record, startedMs: startedMsOf(found) });
    await this.#replace(earlier, version, patient);
  }

  async #replace(data: string, version: number, budget: WaitBudget): Promise<void> {
    const write = (wait: { signal: AbortSignal }) => this.#client.setData(this.#spec.path, data, { version, ...wait });
    await retry(this.#client, budget, write).catch(ignoreStale);
  }

  #sighting(data: NodeData, stat: Stat): Sighting {
    const isBlank = data === null || data.length === 0;
    const found = isBlank ? null : { record: readRecord(this.#spec.path, data), mtimeMs: stat.mtime };
    return { found, version: stat.version, mzxid: stat.mzxid };
  }
}

function claimedBy(record: OccasionRecord, { mtime, version, mzxid }: Stat): Claimed {
  return { record, startedMs: mtime, version, token: mzxid };
}

/** Somebody has written since, or this very write was done before its reply was lost. */
function ignoreStale(error: unknown): void {
  if (!(error instanceof BadVersionError) && !(error instanceof NoNodeError)) throw error;
}
