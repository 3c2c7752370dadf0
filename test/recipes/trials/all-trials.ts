import { readdirSync } from 'node:fs';
import type { Trial } from './trial.js';

interface TrialModule {
  readonly trial: Trial | (() => Trial);
}

/** Makes a trial with nothing in its books. */
export type NewTrial = () => Trial;

const ENDING = '.trial.ts';

/** Every file of this folder that is a trial, by the name of its recipe. `only`: names of files without their ending. */
export async function allTrials(only: readonly string[] | null = null): Promise<ReadonlyMap<string, NewTrial>> {
  const files = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith(ENDING));
  const wanted = files.filter((file) => only === null || only.includes(file.slice(0, -ENDING.length)));
  const trials = new Map<string, NewTrial>();
  for (const file of wanted.sort()) {
    const { trial } = (await import(new URL(file, import.meta.url).href)) as TrialModule;
    const make = typeof trial === 'function' ? trial : (): Trial => trial;
    const { name } = make();
    if (trials.has(name)) throw new Error(`${file}: there is another trial of ${name}`);
    trials.set(name, make);
  }
  return trials;
}
