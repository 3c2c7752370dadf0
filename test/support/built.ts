import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

/** The built `pinfold` command, for tests that start it as a process: `spawn(process.execPath, [builtCommand(), ...])`. */
export function builtCommand(): string {
  return builtFile('cli/main.js');
}

/** A file of the build, named relative to `dist`. */
export function builtFile(name: string): string {
  const path = `${projectRoot}dist/${name}`;
  if (!existsSync(path)) {
    throw new Error(`dist/${name} does not exist: run "npm run build" first ("npm test" does it by itself)`);
  }
  return path;
}
