import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { inject } from 'vitest';
import { classPath } from './java.js';
import { sessionFile } from './sessions.js';

const DISCOVERY_CLASS = 'Discovery.java';
const RECIPE_JARS = ['curator-recipes', 'curator-framework', 'curator-client', 'zookeeper'];
const DISCOVERY_JARS = ['curator-x-discovery', 'jackson-databind', 'jackson-core', 'jackson-annotations'];

/** Why Curator's recipes cannot be used here, or null when they can. */
export function curatorPresent(): string | null {
  const missing = jarMissing('curator-recipes', 'libcurator-recipes-java');
  if (missing !== null) return missing;
  const compiler = spawnSync('javac', ['-version']);
  return compiler.status === 0 ? null : `javac is missing: install Debian's package default-jdk-headless`;
}

/** Why Curator's service discovery cannot be used here, or null when it can. */
export function curatorDiscoveryPresent(): string | null {
  return curatorPresent() ?? jarMissing('curator-x-discovery', 'libcurator-discovery-java');
}

/** Class path of `CuratorPeer`, which is compiled when the first test of a run asks for it. */
export function curatorClassPath(): string {
  const folder = inject('scratchFolder');
  const jars = curatorDiscoveryPresent() === null ? [...RECIPE_JARS, ...DISCOVERY_JARS] : RECIPE_JARS;
  const path = classPath(folder, ...jars);
  if (!existsSync(`${folder}/CuratorPeer.class`)) compile(path, folder);
  return path;
}

function compile(path: string, folder: string): void {
  const all = readdirSync(sessionFile('curator')).filter((name) => name.endsWith('.java'));
  const wanted = curatorDiscoveryPresent() === null ? all : all.filter((name) => name !== DISCOVERY_CLASS);
  const files = wanted.map((name) => sessionFile(`curator/${name}`));
  const compiled = spawnSync('javac', ['-proc:none', '-cp', path, '-d', folder, ...files]);
  if (compiled.status !== 0) throw new Error(`javac: ${compiled.stdout.toString()}${compiled.stderr.toString()}`);
}

function jarMissing(name: string, debianPackage: string): string | null {
  const jar = classPath(name).split(':')[0] ?? '';
  return existsSync(jar) ? null : `${jar} is missing: install Debian's package ${debianPackage}`;
}
