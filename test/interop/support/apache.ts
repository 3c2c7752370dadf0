import { existsSync } from 'node:fs';
import { classPath, JAVA, javaPresent, JVM_FLAGS } from './java.js';
import { launch, type ProductKind, type ServerOptions, type ServerProcess } from './server-process.js';

const SERVER_JAR = '/usr/share/java/zookeeper.jar';

const APACHE: ProductKind = {
  product: 'apache',
  // A Java virtual machine that has run its shutdown hooks after SIGTERM says 128 + 15.
  cleanExitCode: 143,
  propertyKeys: () => ({}),
  command: (configFile, options) => ({ command: JAVA, args: javaArgs(configFile, options) }),
};

/** Why Apache ZooKeeper's server cannot be started here, or null when it can. */
export function apachePresent(): string | null {
  if (!existsSync(SERVER_JAR)) return `${SERVER_JAR} is missing: install Debian's package zookeeper`;
  return javaPresent();
}

/** A standalone Apache ZooKeeper server of Debian's package, on a free port of the loopback interface. */
export async function startApache(options: ServerOptions = {}): Promise<ServerProcess> {
  const missing = apachePresent();
  if (missing !== null) throw new Error(missing);
  return launch(APACHE, options);
}

function javaArgs(configFile: string, options: ServerOptions): string[] {
  const properties = Object.entries({ 'zookeeper.jmx.log4j.disable': true, ...options.properties });
  return [
    ...JVM_FLAGS,
    ...properties.map(([name, value]) => `-D${name}=${value}`),
    '-cp',
    classPath('zookeeper'),
    'org.apache.zookeeper.server.quorum.QuorumPeerMain',
    configFile,
  ];
}
