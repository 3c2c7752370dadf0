import { existsSync } from 'node:fs';
import { join } from 'node:path';

const JAVA_DIR = '/usr/share/java';

export const JAVA = '/usr/bin/java';

/** Small and quick to start: these processes live for seconds, several side by side. */
export const JVM_FLAGS: readonly string[] = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** Why no Java program can be run here, or null when one can. */
export function javaPresent(): string | null {
  return existsSync(JAVA) ? null : `${JAVA} is missing: install Debian's package default-jre-headless`;
}

/** Class path of Debian jars by name and of folders by path; logs go to standard error. */
export function classPath(...parts: readonly string[]): string {
  const entries = [...parts, 'slf4j-simple'];
  return entries.map((part) => (part.includes('/') ? part : join(JAVA_DIR, `${part}.jar`))).join(':');
}
