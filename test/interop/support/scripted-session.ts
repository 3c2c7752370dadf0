import { TrackedProcess, type SpawnOptions } from '../../support/tracked-process.js';

/** One line of a scripted session: what was tried, whether the outcome was the expected one, and the outcome. */
export interface Step {
  readonly step: string;
  readonly ok: boolean;
  readonly value: unknown;
  readonly expected?: unknown;
}

export interface PlayedSession {
  readonly steps: readonly Step[];
  /** Steps with another outcome than the script expects, and how the script ended if not well. */
  readonly faults: readonly unknown[];
}

const SESSION_TIMEOUT_MS = 90_000;

/** Runs a program that prints one line of JSON for each step, and collects them. */
export async function playSession(options: SpawnOptions): Promise<PlayedSession> {
  const program = new TrackedProcess(options);
  const timer = setTimeout(() => program.signal('SIGKILL'), SESSION_TIMEOUT_MS);
  const status = await program.exited;
  clearTimeout(timer);
  const steps = program.lines.map((line) => JSON.parse(line) as Step);
  const faults: unknown[] = steps.filter((one) => !one.ok);
  if (status.code !== 0) faults.push(`after ${steps.at(-1)?.step ?? 'nothing'}: ${program.describe()}`);
  return { steps, faults };
}
