// Apache ZooKeeper as Debian packages it, the server everything is compared with.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** @import { Product } from './server.mjs' */

export const JAVA = '/usr/bin/java';
export const JAVA_JARS = '/usr/share/java';
const SERVER_JAR = `${JAVA_JARS}/zookeeper.jar`;
const LOG_JAR = `${JAVA_JARS}/slf4j-simple.jar`;
/** The heap that ZooKeeper's own start script gives a server. */
const HEAP = '-Xmx1000m';

/** Why Apache ZooKeeper cannot be measured here, or null when it can. */
export function apacheMissing() {
  const missing = [JAVA, SERVER_JAR, LOG_JAR].find((file) => !existsSync(file));
  return missing === undefined ? null : `${missing} is missing (Debian: apt install zookeeper default-jre-headless)`;
}

/** The first line of `java -version`. */
export function javaVersion() {
  return spawnSync(JAVA, ['-version'], { encoding: 'utf8' }).stderr.split('\n')[0] ?? '';
}

/** @returns {Product} */
export function apache() {
  const named = readdirSync(dirname(SERVER_JAR)).map((name) => /^zookeeper-([\d.]+)\.jar$/.exec(name)?.[1]);
  const version = named.find((name) => name !== undefined) ?? 'of Debian';
  return {
    name: 'Apache',
    what: `Apache ZooKeeper ${version}, ${javaVersion()}, ${HEAP} as its start script has it`,
    command: (configFile) => ({
      command: JAVA,
      args: [
        HEAP,
        '-Dzookeeper.jmx.log4j.disable=true',
        '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
        '-cp',
        `${SERVER_JAR}:${LOG_JAR}`,
        'org.apache.zookeeper.server.quorum.QuorumPeerMain',
        configFile,
      ],
    }),
  };
}
