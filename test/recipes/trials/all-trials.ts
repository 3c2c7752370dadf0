import { readdirSync } from 'node:fs';
import type { Trial } from './trial.js';

interface TrialModule {
  readonly trial: Trial | (() => Trial);
}

/** Makes a trial with nothing in its books. */
export type NewTrial = () => Trial;

/** Every file of this folder that is one, by the name of its recipe. */
export async function allTrials(): Promise<ReadonlyMap<string, NewTrial>> {
  const files = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.trial.ts'));
  const trials = new Map<string, NewTrial>();
  for (const file of files.sort()) {
    const { trial } = (await import(new URL(file, import.meta.url).href)) as TrialModule;
    const make = typeof trial === 'function' ? trial : (): Trial => trial;
    const { name } = make();
    if (trials.has(name)) throw new Error(`${file}: there is another trial of ${name}`);
    trials.set(name, make);
  }
  return trials;
}
