import { Client, TimeoutError } from '../client/index.js';
import type { Deadlock, Explanation, ExplainedNode } from '../recipes/index.js';
import { explain, findDeadlocks } from '../recipes/index.js';
import { ExitStatus } from './exit-status.js';

export interface ExplainCommandOptions {
  /** Connect string. */
  readonly server: string;
  readonly json: boolean;
  /** Look for circles in the tree below the path, instead of explaining the path. */
  readonly deadlocks: boolean;
  readonly lockPath?: string;
  readonly timeoutMs: number;
}

/** `pinfold explain`: who holds what is at a path, and who waits for it. */
export async function runExplain(path: string, options: ExplainCommandOptions): Promise<ExitStatus> {
  const { server, timeoutMs, json } = options;
  let client: Client;
  try {
    client = await Client.connect(server, { timeoutMs });
  } catch (error) {
    console.error(`pinfold: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof TimeoutError ? ExitStatus.failed : ExitStatus.usage;
  }
  try {
    if (options.deadlocks) {
      if ((await client.exists(path, { timeoutMs })).stat === null) return tellMissing(path);
      return tellDeadlocks(await findDeadlocks(client, { below: path, timeoutMs }), path, json);
    }
    return tell(await explain(client, path, { lockPath: options.lockPath, timeoutMs }), json);
  } catch (error) {
    console.error(`pinfold: ${error instanceof Error ? error.message : String(error)}`);
    return ExitStatus.failed;
  } finally {
    await client.close();
  }
}

function tell(explanation: Explanation, json: boolean): ExitStatus {
  console.log(json ? asJson(explanation) : asText(explanation));
  return explanation.kind === 'missing' ? ExitStatus.noNode : ExitStatus.ok;
}

function tellMissing(path: string): ExitStatus {
  console.error(`pinfold: ${path}: there is no such node`);
  return ExitStatus.noNode;
}

function tellDeadlocks(found: readonly Deadlock[], path: string, json: boolean): ExitStatus {
  if (json) console.log(asJson({ deadlocks: found }));
  else if (found.length === 0) console.log(`No circle of locks below ${path}.`);
  else found.forEach((deadlock) => console.log(deadlockText(deadlock)));
  return ExitStatus.ok;
}

/** Session ids are wider than JSON's numbers: they are told in the hexadecimal form of server logs. */
function asJson(value: unknown): string {
  const plain = (key: string, each: unknown): unknown => {
    if (typeof each === 'bigint') return hex(each);
    return key === 'data' ? undefined : each;
  };
  return JSON.stringify(value, plain, 2);
}

function asText(explanation: Explanation): string {
  const { path, kind, holders, waiters, items, itemCount, strangers } = explanation;
  if (kind === 'missing') return `${path}: there is no such node`;
  const lines = [`${path}: ${NAMES[kind]}`];
  if (kind === 'queue' || kind === 'simple-queue') {
    lines.push(`${itemCount} item${itemCount === 1 ? '' : 's'}`);
    lines.push(...items.map((node) => `  ${nameOf(node)}  ${age(node)}`));
    if (itemCount > items.length) lines.push(`  and ${itemCount - items.length} more`);
    if (holders.length > 0) lines.push('in the hands of consumers', ...holders.map(line));
    if (waiters.length > 0) lines.push('consumers in line', ...waiters.map(line));
  } else if (kind !== 'empty' && kind !== 'other') {
    lines.push(holders.length === 0 ? 'nobody holds it' : 'held by', ...holders.map(line));
    if (waiters.length > 0) lines.push('waiting, in order', ...waiters.map(line));
  }
  if (strangers.length > 0) lines.push(`not of this recipe: ${strangers.join(', ')}`);
  if (explanation.clock === 'local') lines.push('(ages by the clock of this machine)');
  return lines.join('\n');
}

const NAMES: Record<Explanation['kind'], string> = {
  lock: 'a lock, or a leader selector',
  'read-write-lock': 'a read/write lock',
  'leader-latch': 'a leader latch',
  semaphore: 'a semaphore',
  queue: 'a queue',
  'simple-queue': 'a simple queue',
  empty: 'nothing below it',
  other: 'nothing that is known here',
  missing: 'missing',
};

function line(node: ExplainedNode): string {
  const { label, host, pid, side, sessionId, token } = node;
  const who = [label, host === null ? null : `on ${host}`, pid === null ? null : `process ${pid}`];
  const told = printable(who.filter((part) => part !== null).join(' '));
  const parts = [side, told === '' ? null : told, age(node), `session ${hex(sessionId)}`, `token ${token}`];
  return `  ${nameOf(node)}  ${parts.filter((part) => part !== null).join(', ')}`;
}

function deadlockText(deadlock: Deadlock): string {
  const lines = deadlock.map(({ sessionId, holds, waitsAt, waits }) => {
    const who = [holds.label, `session ${hex(sessionId)}`].filter((part) => part !== null).join(', ');
    return `  ${printable(who)}\n    holds ${holds.path}\n    waits for ${waitsAt} for ${seconds(waits.ageMs)}`;
  });
  return [`A circle of ${deadlock.length}:`, ...lines].join('\n');
}

/** Whoever made the node wrote this: it must not move a terminal's cursor, nor look like a line of ours. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

function nameOf({ path }: ExplainedNode): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function age({ ageMs }: ExplainedNode): string {
  return `for ${seconds(ageMs)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function hex(id: bigint): string {
  return `0x${id.toString(16)}`;
}
