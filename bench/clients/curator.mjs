// Curator's locks as Debian packages them: a Java program, compiled once.
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { JAVA, JAVA_JARS, javaVersion } from '../servers/apache.mjs';
import { cacheDir, run } from '../processes.mjs';
import { projectRoot } from '../../scripts/dist-state.mjs';

const SOURCE = `${projectRoot}/bench/clients/CuratorHandOver.java`;
const CLASSES = `${cacheDir}/curator`;
const JARS = ['curator-recipes', 'curator-framework', 'curator-client', 'zookeeper', 'slf4j-simple'];
const CLASS_PATH = [CLASSES, ...JARS.map((name) => `${JAVA_JARS}/${name}.jar`)].join(':');

/** Sees to it that the program can be run. @returns {Promise<string | null>} why it cannot */
export async function compileCurator() {
  const missing = JARS.map((name) => `${JAVA_JARS}/${name}.jar`).find((file) => !existsSync(file));
  if (missing !== undefined) return `${missing} is missing (Debian: apt install libcurator-recipes-java)`;
  const compiled = `${CLASSES}/CuratorHandOver.class`;
  if (existsSync(compiled) && statSync(compiled).mtimeMs > statSync(SOURCE).mtimeMs) return null;
  mkdirSync(CLASSES, { recursive: true });
  const { status, stderr } = await run('javac', ['-cp', CLASS_PATH, '-d', CLASSES, SOURCE]).catch(() => {
    return { status: 1, stderr: 'javac is missing (Debian: apt install default-jdk-headless)' };
  });
  return status === 0 ? null : (stderr.trim().split('\n')[0] ?? 'it does not compile');
}

/** Version and settings, one line. */
export function aboutCurator() {
  const named = readdirSync(JAVA_JARS).map((name) => /^curator-recipes-([\d.]+)\.jar$/.exec(name)?.[1]);
  return `Curator ${named.find((name) => name !== undefined) ?? 'of Debian'}, ${javaVersion()}`;
}

/** @param {readonly string[]} args of the program */
export function curatorCommand(args) {
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error';
  return { command: JAVA, args: ['-Xmx512m', quiet, '-cp', CLASS_PATH, 'CuratorHandOver', ...args] };
}
