import type { ExitStatus } from '../../support/tracked-process.js';
import { ZkCli } from './zkcli.js';

type SessionName = 'A' | 'B';

interface Step {
  readonly session: SessionName;
  readonly command: string;
  /** Watch events that the golden transcript shows after this step, by session. */
  readonly events: Readonly<Record<SessionName, number>>;
}

/**
 * Plays the commands of a transcript on a server and gives the transcript that results: equal to the one
 * given when the server behaves as recorded. A step waits for as many events as its record shows; what
 * comes beyond them shows up at the next step.
 */
export async function playTranscript(golden: string, connectString: string): Promise<string> {
  const sessions = { A: await ZkCli.open(connectString), B: await ZkCli.open(connectString) };
  const open = new Set<SessionName>(['A', 'B']);
  const out: string[] = [];
  for (const part of golden.split('\n\n')) {
    const block: string[] = part.split('\n').filter((line) => line.startsWith('#'));
    for (const step of parseSteps(part)) {
      block.push(`${step.session}> ${step.command}`);
      if (step.command === 'quit') {
        open.delete(step.session);
        expectClean(await sessions[step.session].quit());
      } else {
        block.push(...mask(step.command, await sessions[step.session].run(step.command)));
      }
      for (const name of open) {
        const events = await sessions[name].events(step.events[name]);
        block.push(...events.map((event) => `${name}! ${event}`));
      }
    }
    out.push(block.join('\n'));
  }
  return `${out.join('\n\n')}\n`;
}

function expectClean(status: ExitStatus): void {
  if (status.code !== 0) throw new Error(`zkCli.sh ended with code ${status.code}, signal ${status.signal}`);
}

function parseSteps(part: string): Step[] {
  const steps: { session: SessionName; command: string; events: Record<SessionName, number> }[] = [];
  for (const line of part.split('\n')) {
    const command = /^([AB])> (.*)$/.exec(line);
    if (command !== null) {
      steps.push({ session: command[1] as SessionName, command: command[2] ?? '', events: { A: 0, B: 0 } });
      continue;
    }
    const event = /^([AB])! /.exec(line);
    const step = steps.at(-1);
    if (event !== null && step !== undefined) step.events[event[1] as SessionName] += 1;
  }
  return steps;
}

function mask(command: string, lines: readonly string[]): string[] {
  const masked = lines.map((line) =>
    line
      .replace(/^([cm]time) = (?!Thu Jan 01 00:00:00 UTC 1970).*$/, '$1 = <time>')
      .replace(/^ephemeralOwner = 0x[0-9a-f]{2,}$/, 'ephemeralOwner = <session>'),
  );
  // Sets that servers give in the order of their hash tables.
  if (command === 'whoami') return [...masked].sort();
  if (command.startsWith('getEphemerals')) return masked.map(sortedList);
  return masked;
}

function sortedList(line: string): string {
  const inner = /^\[(.*)\]$/.exec(line)?.[1];
  return inner === undefined ? line : `[${inner.split(', ').sort().join(', ')}]`;
}
