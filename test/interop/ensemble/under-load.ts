import { ErrorCode } from '../../../src/protocol/error-codes.js';
import type { SimEvent } from '../../../src/testing/sim/history.js';
import type { Ensemble } from '../../ensemble/support/ensemble.js';
import { Vigil } from '../../ensemble/support/vigil.js';
import { until } from '../support/until.js';
import { KazooLoad } from './kazoo-load.js';

const SESSION_TIMEOUT_MS = 10_000;
/** From one change of the ensemble to the next; a call is three events. */
const EVENTS_BETWEEN = 600;
const PATIENCE_MS = 60_000;

export interface LoadReport {
  /** Everything that was not as it must be; empty when all is well. */
  readonly faults: readonly string[];
  readonly summary: string;
}

/** What servers say of requests that were not possible. */
const REFUSALS: ReadonlySet<number> = new Set([
  ErrorCode.NONODE,
  ErrorCode.NODEEXISTS,
  ErrorCode.BADVERSION,
  ErrorCode.NOTEMPTY,
  ErrorCode.NOCHILDRENFOREPHEMERALS,
]);

/**
 * Does something to an ensemble while pinfold's clients and kazoo write, watch and take locks on it. No session may be lost, and
 * no call may fail but for the loss of its connection.
 */
export async function underLoad(ensemble: Ensemble, body: (vigil: Vigil) => Promise<void>): Promise<LoadReport> {
  const seed = Math.floor(Math.random() * 2 ** 30);
  const vigil = new Vigil({ seed, ensemble, sessionTimeoutMs: SESSION_TIMEOUT_MS });
  const kazoo = await KazooLoad.start(ensemble.connectString);
  try {
    await vigil.crowd.gather();
    await body(vigil);
    const { faults: kazoosFaults, summary } = await kazoo.finish();
    await vigil.crowd.calmDown();
    const digests = await vigil.judge(['apache', 'pinfold']);
    const { tally, recorder } = vigil.scene;
    const faults = [
      ...vigil.violations.map(({ rule, message }) => `${rule}: ${message}`),
      ...recorder.events.flatMap(complaintAbout),
      ...tally.entries().flatMap(([what, times]) => (/lost: /.test(what) ? [`${what} (${times} times)`] : [])),
      ...kazoosFaults,
    ];
    if (faults.length > 0) faults.push(`see ${vigil.keepEvidence()}`);
    const done = recorder.events.filter((event) => event.kind === 'return' && event.outcome === 'ok').length;
    return {
      faults,
      summary: `pinfold's clients: ${done} calls, ${tally.of('lock acquired')} locks; kazoo: ${summary}; ${digests} digests compared`,
    };
  } catch (error) {
    throw new Error(`see ${vigil.keepEvidence()}`, { cause: error });
  } finally {
    await kazoo.kill();
    await vigil.crowd.disperse();
  }
}

/** Resolves when the ensemble has been of use for a while. */
export async function used({ scene }: Vigil): Promise<void> {
  const before = scene.recorder.events.length;
  await until(() => scene.recorder.events.length - before >= EVENTS_BETWEEN || undefined, {
    what: 'clients get on',
    timeoutMs: PATIENCE_MS,
  });
}

function complaintAbout(event: SimEvent): string[] {
  if (event.kind === 'session' && event.state === 'expired') return [`client ${event.client} lost its session`];
  if (event.kind !== 'return' || event.outcome === 'ok') return [];
  if (event.rc === ErrorCode.CONNECTIONLOSS || (event.outcome === 'failed' && REFUSALS.has(event.rc))) return [];
  return [`call ${event.call} of client ${event.client} ended ${event.outcome} with ${event.rc}`];
}
