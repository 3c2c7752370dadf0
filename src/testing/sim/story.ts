import { cutsText } from './cuts.js';
import type { EnsemblePlan } from './ensemble/ensemble-plan.js';
import { faultsText } from './faults.js';
import type { SimEvent, SimOp, SimResult, WireFrame } from './history.js';
import type { Plan } from './plan.js';
import type { SimulateOptions, SimulationResult } from './simulation.js';

/** How many events before the end of a run are told. */
const LAST_EVENTS = 40;

/** What a run leaves that is needed to tell of it. */
type Run = Pick<SimulationResult, 'options' | 'plan' | 'violations' | 'events'>;

/**
 * What a failed run has to tell: what was violated, what happened to the servers, the events that it is about, the last ones,
 * and how to see it again.
 */
export function storyOf({ options, plan, violations, events }: Run): string {
  const told = new Set(violations.flatMap((violation) => violation.events));
  const first = events.length - LAST_EVENTS;
  const isTold = ({ index, kind }: SimEvent): boolean =>
    told.has(index) || index >= first || kind === 'fault' || kind === 'server';
  const lines = events.filter(isTold).map((event) => lineOf(event));
  const broken = violations.map(({ rule, message }) => `  ${rule}: ${message}`);
  return [
    `seed ${options.seed} violated:`,
    ...broken,
    `the world: ${worldOf(plan)}`,
    `what happened (of ${events.length} events):`,
    ...lines,
    `replay: ${replayOf(options)}`,
  ].join('\n');
}

/** What there was, in a line. */
function worldOf({ ensemble, durationMs, sessionTimeoutMs, dataUsers, lockUsers }: Plan): string {
  const servers = ensemble === null ? 'one server' : ensembleText(ensemble);
  const users = `${dataUsers} users of data, ${lockUsers} of locks, sessions of ${sessionTimeoutMs} ms`;
  return `${servers}; ${users}; trouble for ${(durationMs / 1000).toFixed(1)} s`;
}

function ensembleText(plan: EnsemblePlan): string {
  const { participants, observers, weights, initLimit, syncLimit, isChanged } = plan;
  const watching = observers.length === 0 ? '' : ` and ${observers.length} observers`;
  const changed = isChanged ? ', whose members change' : '';
  const weighed = weights.size === 0 ? '' : ', weighted';
  return `${participants.length} servers${watching}${weighed}${changed}, initLimit ${initLimit}, syncLimit ${syncLimit}`;
}

/** The command that plays a world again. */
function replayOf({ seed, faults, servers, cuts = {} }: SimulateOptions): string {
  const parts = [`npm run sim -- --seeds 1 --from ${seed}`];
  if (servers !== undefined) parts.push(`--servers ${servers}`);
  if (faults !== undefined) parts.push(`--faults "${faultsText(faults)}"`);
  if (cutsText(cuts) !== '') parts.push(`--cut ${cutsText(cuts)}`);
  return [...parts, '--verbose'].join(' ');
}

/** An event as one line for people. */
export function lineOf(event: SimEvent): string {
  return `  ${event.index} ${event.atMs.toFixed(2)} ms  ${wordsOf(event)}`;
}

function wordsOf(event: SimEvent): string {
  switch (event.kind) {
    case 'invoke':
      return `client ${event.client} call ${event.call}: ${opText(event.op)} (${hex(event.session)})`;
    case 'return': {
      const { client, call, outcome, rc, result } = event;
      return `client ${client} call ${call} -> ${outcome}${rc === 0 ? '' : ` ${rc}`} ${resultText(result)}`;
    }
    case 'watch':
      return `client ${event.client} watch ${event.watch}: ${event.type} ${event.path}`;
    case 'session':
      return `client ${event.client} session ${hex(event.session)} ${event.state} ${event.reason ?? ''}`;
    case 'hold':
      return `client ${event.client} ${event.lock} ${event.state}, token ${event.token}, node ${event.node}`;
    case 'guarded': {
      const { client, lock, token, accepted } = event;
      return `client ${client} wrote to what ${lock} protects, token ${token}: ${accepted ? 'accepted' : 'refused'}`;
    }
    case 'stall':
      return `client ${event.client} stall ${event.state}`;
    case 'death':
      return `client ${event.client} is dead`;
    case 'server':
      return `server ${event.server} ${event.state}${event.lastZxid === null ? '' : ` with ${zxidText(event.lastZxid)}`}`;
    case 'fault':
      return `fault: ${event.what}`;
    case 'wire':
      return `client ${event.client} <- ${frameText(event.frame)}`;
  }
}

function opText(op: SimOp): string {
  switch (op.type) {
    case 'multi':
      return `multi [${op.parts.map((part) => (part.type === 'check' ? `check ${part.path}` : opText(part))).join('; ')}]`;
    case 'create':
      return `create ${op.path} ${op.mode} ${dataText(op.data)}`;
    case 'delete':
      return `delete ${op.path} v${op.version}`;
    case 'setData':
      return `setData ${op.path} ${dataText(op.data)} v${op.version}`;
    case 'sync':
      return `sync ${op.path}`;
    default:
      return `${op.type} ${op.path}${op.watch === null ? '' : ` watch ${op.watch}`}`;
  }
}

function resultText(result: SimResult | null): string {
  if (result === null) return '';
  const { path, data, stat, children } = result;
  const parts = [
    path,
    data === null ? null : dataText(data),
    stat === null ? null : `mzxid ${zxidText(stat.mzxid)} v${stat.version}`,
    children === null ? null : `[${children.join(', ')}]`,
  ];
  return parts.filter((part) => part !== null).join(' ');
}

function dataText(data: string | null): string {
  return data === null ? 'null' : data.replace(/\.{3,}$/, '...');
}

function frameText(frame: WireFrame): string {
  switch (frame.type) {
    case 'connected':
      return `connected ${hex(frame.session)} ${frame.timeoutMs} ms`;
    case 'unanswered':
      return `no answer to ${frame.op} ${frame.path ?? ''}`;
    case 'event':
      return `event ${frame.event} ${frame.path}`;
    case 'answer':
      return `answer to ${frame.op} ${frame.path ?? ''}, xid ${frame.xid}, ${zxidText(frame.zxid)}, rc ${frame.rc}`;
  }
}

function zxidText(zxid: number): string {
  return `zxid 0x${zxid.toString(16)}`;
}

function hex(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}
